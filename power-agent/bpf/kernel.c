// Puts the program and its maps into the kernel, attaches it to interfaces, and says what is done about ports.
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "traffic_monitor.h"

#include "loader.h"

#define HANDLE 1
// Of all filters of an interface ours is known by it, so that the next loader replaces and never doubles it.
#define PRIORITY 49374
#define MOST_INTERFACES 256

static const char *const MAPS[] = {"watch", "traffic", "classes", "texts", "beat", "events"};
static struct bpf_object *object;
static struct bpf_program *program;
static char attached[MOST_INTERFACES][IF_NAMESIZE];
static int attached_count;
struct maps maps;

__u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static struct bpf_object *open_object(const char *file, const char *pins)
{
	struct bpf_object *opened = bpf_object__open_file(file, NULL);

	for (size_t i = 0; opened && pins && i < sizeof(MAPS) / sizeof(*MAPS); i++) {
		char path[512];
		struct bpf_map *map = bpf_object__find_map_by_name(opened, MAPS[i]);

		snprintf(path, sizeof(path), "%s/%s", pins, MAPS[i]);
		if (map)
			bpf_map__set_pin_path(map, path);
	}
	return opened;
}

// Maps of another version of the program do not fit: then it starts with new ones.
static void forget(const char *pins)
{
	for (size_t i = 0; i < sizeof(MAPS) / sizeof(*MAPS); i++) {
		char path[512];

		snprintf(path, sizeof(path), "%s/%s", pins, MAPS[i]);
		unlink(path);
	}
}

static void find_maps(void)
{
	int *fds[] = {&maps.watch, &maps.traffic, &maps.classes, &maps.texts, &maps.beat, &maps.events};

	program = bpf_object__find_program_by_name(object, "traffic_monitor");
	for (size_t i = 0; i < sizeof(MAPS) / sizeof(*MAPS); i++)
		*fds[i] = bpf_object__find_map_fd_by_name(object, MAPS[i]);
}

int load(const char *file, const char *pins)
{
	for (int again = 0; again < 2; again++) {
		object = open_object(file, pins);
		if (!object)
			return -errno;
		int error = bpf_object__load(object);

		if (!error) {
			find_maps();
			return 0;
		}
		bpf_object__close(object);
		if (!pins || again || (error != -EINVAL && error != -ESTALE))
			return error;
		forget(pins);
	}
	return -EINVAL;
}

void unload(void)
{
	bpf_object__close(object);
}

int program_fd(void)
{
	return bpf_program__fd(program);
}

int attach(const char *name)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = if_nametoindex(name), .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, how, .handle = HANDLE, .priority = PRIORITY, .flags = BPF_TC_F_REPLACE,
		    .prog_fd = bpf_program__fd(program));
	if (!hook.ifindex)
		return -ENODEV;
	for (int i = 0; i < attached_count; i++)
		if (!strcmp(attached[i], name))
			return 0;
	if (attached_count == MOST_INTERFACES)
		return -ENOSPC;
	int error = bpf_tc_hook_create(&hook);
	if (error && error != -EEXIST)
		return error;
	error = bpf_tc_attach(&hook, &how);
	if (!error)
		snprintf(attached[attached_count++], IF_NAMESIZE, "%s", name);
	return error;
}

int detach(const char *name)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = if_nametoindex(name), .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, which, .handle = HANDLE, .priority = PRIORITY);

	for (int i = 0; i < attached_count; i++)
		if (!strcmp(attached[i], name))
			memmove(attached[i], attached[--attached_count], IF_NAMESIZE);
	// An interface that is gone took its filter along.
	return hook.ifindex ? bpf_tc_detach(&hook, &which) : 0;
}

int set_mode(long port, __u8 mode, long mask)
{
	__u16 key = port;
	struct watched value = {.mode = mode, .classes = mask};

	return bpf_map_update_elem(maps.watch, &key, &value, BPF_ANY);
}

int unwatch(long port)
{
	__u16 key = port;
	int error = bpf_map_delete_elem(maps.watch, &key);

	for (int class = CLASS_OTHER; class <= CLASS_OWN; class++) {
		struct traffic_key tcp = {.port = key, .class = class, .protocol = IPPROTO_TCP};
		struct traffic_key udp = {.port = key, .class = class, .protocol = IPPROTO_UDP};

		bpf_map_delete_elem(maps.traffic, &tcp);
		bpf_map_delete_elem(maps.traffic, &udp);
	}
	return error == -ENOENT ? 0 : error;
}

int set_class(char *prefix, long class)
{
	struct address_key key = {};
	struct in6_addr six;
	struct in_addr four;
	__u8 value = class;
	char *slash = strchr(prefix, '/');
	long bits = slash ? strtol(slash + 1, NULL, 10) : -1;

	if (slash)
		*slash = 0;
	if (inet_pton(AF_INET, prefix, &four) == 1) {
		key.prefix_bits = 96 + (bits < 0 ? 32 : bits);
		key.address[10] = key.address[11] = 0xff;
		memcpy(key.address + 12, &four, 4);
	} else if (inet_pton(AF_INET6, prefix, &six) == 1) {
		key.prefix_bits = bits < 0 ? 128 : bits;
		memcpy(key.address, &six, 16);
	} else {
		return -EINVAL;
	}
	return key.prefix_bits > 128 ? -EINVAL : bpf_map_update_elem(maps.classes, &key, &value, BPF_ANY);
}

int set_text(const char *begins, long kind)
{
	struct text_key key = {};
	size_t bytes = strlen(begins);
	__u8 value = kind;

	if (bytes > TEXT_BYTES)
		bytes = TEXT_BYTES;
	key.prefix_bits = bytes * 8;
	memcpy(key.text, begins, bytes);
	return bytes ? bpf_map_update_elem(maps.texts, &key, &value, BPF_ANY) : -EINVAL;
}

void detach_all(void)
{
	while (attached_count)
		detach(attached[attached_count - 1]);
}

void beat_once(void)
{
	__u32 first = 0;
	__u64 now = now_ns();

	bpf_map_update_elem(maps.beat, &first, &now, BPF_ANY);
}
