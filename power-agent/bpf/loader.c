// Loads traffic_monitor.o, attaches it to interfaces and speaks JSON lines: commands on standard input, answers and events
// on standard output. Needs CAP_BPF and CAP_NET_ADMIN. Usage: loader OBJECT [PINS]
//   OBJECT  the compiled program
//   PINS    a folder on a bpf file system: the maps stay there, and the next loader goes on with their counts
// Commands (each is answered by one line, {"done":OP} or {"error":...,"op":OP}):
//   {"op":"attach","interface":"lo"}   {"op":"detach","interface":"lo"}
//   {"op":"watch","port":8080}  {"op":"alert","port":8080,"classes":3}  {"op":"hold","port":8080,"classes":3}
//   {"op":"unhold","port":8080} (the same as watch)  {"op":"unwatch","port":8080}
//   {"op":"class","prefix":"10.0.0.0/8","class":2}  {"op":"text","begins":"GET /health","kind":1}
//   {"op":"stats"}  answered by {"stats":...}   {"op":"quit"}
// SIGTERM, SIGINT and quit detach from every interface. When standard input ends without quit the maps, the filters and,
// for ten seconds, the holds stay for the next loader.
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "traffic_monitor.h"

#define HANDLE 1
// Of all filters of an interface ours is known by it, so that the next loader replaces and never doubles it.
#define PRIORITY 49374
#define MOST_INTERFACES 256
#define LINE_BYTES 4096
#define BEAT_MS 1000

static const char *const MAPS[] = {"watch", "traffic", "classes", "texts", "beat", "events"};
static const char *const CLASSES[] = {"other", "loopback", "cluster"};
static struct bpf_object *object;
static struct bpf_program *program;
static int watch_fd, traffic_fd, classes_fd, texts_fd, beat_fd;
static char attached[MOST_INTERFACES][IF_NAMESIZE];
static int attached_count;

static __u64 now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

static void say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
}

static int fail(const char *what, int error)
{
	say("{\"fatal\":\"%s\",\"errno\":%d,\"reason\":\"%s\"}", what, error, strerror(error));
	return 1;
}

static int silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return level == LIBBPF_WARN && getenv("TWIN_BPF_DEBUG") ? vfprintf(stderr, format, arguments) : 0;
}

// Text of a field; commands are written by our own program, one flat object a line, without spaces and escapes.
static int text_field(const char *line, const char *name, char *to, size_t room)
{
	char key[32];
	snprintf(key, sizeof(key), "\"%s\":\"", name);
	const char *start = strstr(line, key);
	if (!start)
		return -1;
	start += strlen(key);
	const char *end = strchr(start, '"');
	if (!end || (size_t)(end - start) >= room)
		return -1;
	memcpy(to, start, end - start);
	to[end - start] = 0;
	return 0;
}

static int number_field(const char *line, const char *name, long least, long most, long *to)
{
	char key[32], *end;
	snprintf(key, sizeof(key), "\"%s\":", name);
	const char *start = strstr(line, key);
	if (!start)
		return -1;
	start += strlen(key);
	*to = strtol(start, &end, 10);
	return end == start || *to < least || *to > most ? -1 : 0;
}

static int on_event(void *context, void *data, size_t bytes)
{
	(void)context;
	(void)bytes;
	const struct syn_event *event = data;
	char source[INET6_ADDRSTRLEN];

	if (IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)event->source))
		inet_ntop(AF_INET, event->source + 12, source, sizeof(source));
	else
		inet_ntop(AF_INET6, event->source, source, sizeof(source));
	say("{\"syn\":{\"port\":%u,\"source\":\"%s\",\"sourcePort\":%u,\"class\":\"%s\",\"held\":%s,\"lagUs\":%.1f}}",
	    event->port, source, event->source_port, CLASSES[event->class], event->held ? "true" : "false",
	    (double)(now_ns() - event->ns) / 1e3);
	return 0;
}

static int attach(const char *name)
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

static int detach(const char *name)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = if_nametoindex(name), .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, which, .handle = HANDLE, .priority = PRIORITY);

	for (int i = 0; i < attached_count; i++)
		if (!strcmp(attached[i], name))
			memmove(attached[i], attached[--attached_count], IF_NAMESIZE);
	// An interface that is gone took its filter along.
	return hook.ifindex ? bpf_tc_detach(&hook, &which) : 0;
}

static int set_mode(long port, __u8 mode, long mask)
{
	__u16 key = port;
	struct watched value = {.mode = mode, .classes = mask};

	return bpf_map_update_elem(watch_fd, &key, &value, BPF_ANY);
}

static int unwatch(long port)
{
	__u16 key = port;
	int error = bpf_map_delete_elem(watch_fd, &key);

	for (int class = CLASS_OTHER; class <= CLASS_CLUSTER; class++) {
		struct traffic_key tcp = {.port = key, .class = class, .protocol = IPPROTO_TCP};
		struct traffic_key udp = {.port = key, .class = class, .protocol = IPPROTO_UDP};

		bpf_map_delete_elem(traffic_fd, &tcp);
		bpf_map_delete_elem(traffic_fd, &udp);
	}
	return error == -ENOENT ? 0 : error;
}

static int set_class(char *prefix, long class)
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
	return key.prefix_bits > 128 ? -EINVAL : bpf_map_update_elem(classes_fd, &key, &value, BPF_ANY);
}

static int set_text(const char *begins, long kind)
{
	struct text_key key = {};
	size_t bytes = strlen(begins);
	__u8 value = kind;

	if (bytes > TEXT_BYTES)
		bytes = TEXT_BYTES;
	key.prefix_bits = bytes * 8;
	memcpy(key.text, begins, bytes);
	return bytes ? bpf_map_update_elem(texts_fd, &key, &value, BPF_ANY) : -EINVAL;
}

static void say_traffic(void)
{
	int cpus = libbpf_num_possible_cpus();
	struct traffic *each = calloc(cpus, sizeof(*each));
	struct traffic_key key, *before = NULL;
	const char *comma = "";

	printf("\"traffic\":[");
	while (each && !bpf_map_get_next_key(traffic_fd, before, &key)) {
		struct traffic sum = {};

		before = &key;
		if (key.class > CLASS_CLUSTER || bpf_map_lookup_elem(traffic_fd, &key, each))
			continue;
		for (int cpu = 0; cpu < cpus; cpu++) {
			sum.packets += each[cpu].packets;
			sum.bytes += each[cpu].bytes;
			sum.payload_packets += each[cpu].payload_packets;
			sum.payload_bytes += each[cpu].payload_bytes;
			sum.probes += each[cpu].probes;
			sum.probe_bytes += each[cpu].probe_bytes;
			sum.requests += each[cpu].requests;
			sum.syns += each[cpu].syns;
			if (each[cpu].last_ns > sum.last_ns)
				sum.last_ns = each[cpu].last_ns;
		}
		printf("%s{\"port\":%u,\"class\":\"%s\",\"protocol\":\"%s\",\"packets\":%llu,\"bytes\":%llu,"
		       "\"payloadPackets\":%llu,\"payloadBytes\":%llu,\"probes\":%llu,\"probeBytes\":%llu,"
		       "\"requests\":%llu,\"syns\":%llu,\"agoMs\":%.0f}",
		       comma, key.port, CLASSES[key.class], key.protocol == IPPROTO_TCP ? "tcp" : "udp", sum.packets, sum.bytes,
		       sum.payload_packets, sum.payload_bytes, sum.probes, sum.probe_bytes, sum.requests, sum.syns,
		       (double)(now_ns() - sum.last_ns) / 1e6);
		comma = ",";
	}
	printf("]");
	free(each);
}

static void say_watched(void)
{
	static const char *const modes[] = {"none", "watch", "alert", "hold"};
	__u16 port, *before = NULL;
	struct watched value;
	const char *comma = "";

	printf("\"ports\":[");
	while (!bpf_map_get_next_key(watch_fd, before, &port)) {
		before = &port;
		if (bpf_map_lookup_elem(watch_fd, &port, &value) || value.mode > MODE_HOLD)
			continue;
		printf("%s{\"port\":%u,\"mode\":\"%s\"}", comma, port, modes[value.mode]);
		comma = ",";
	}
	printf("]");
}

// With the cost of the program, which the kernel counts while kernel.bpf_stats_enabled is set.
static void say_stats(void)
{
	struct bpf_prog_info info = {};
	__u32 bytes = sizeof(info);

	bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &bytes);
	printf("{\"stats\":{");
	say_traffic();
	printf(",");
	say_watched();
	say(",\"runs\":%llu,\"runNs\":%llu}}", info.run_cnt, info.run_time_ns);
}

// Negative errno, or 0; 1 ends the loader.
static int obey(const char *line, char *op)
{
	char text[128];
	long port = 0, number = 0;

	if (text_field(line, "op", op, 16))
		return -EINVAL;
	if (!strcmp(op, "quit"))
		return 1;
	if (!strcmp(op, "attach") || !strcmp(op, "detach")) {
		if (text_field(line, "interface", text, IF_NAMESIZE))
			return -EINVAL;
		return *op == 'a' ? attach(text) : detach(text);
	}
	if (!strcmp(op, "class"))
		return text_field(line, "prefix", text, sizeof(text)) || number_field(line, "class", 0, 2, &number)
			       ? -EINVAL
			       : set_class(text, number);
	if (!strcmp(op, "text"))
		return text_field(line, "begins", text, sizeof(text)) || number_field(line, "kind", 0, 2, &number)
			       ? -EINVAL
			       : set_text(text, number);
	if (number_field(line, "port", 1, 65535, &port))
		return -EINVAL;
	if (!strcmp(op, "watch") || !strcmp(op, "unhold"))
		return set_mode(port, MODE_COUNT, 0);
	if (!strcmp(op, "unwatch"))
		return unwatch(port);
	if (number_field(line, "classes", 0, 7, &number))
		return -EINVAL;
	if (!strcmp(op, "alert"))
		return set_mode(port, MODE_ALERT, number);
	return strcmp(op, "hold") ? -EINVAL : set_mode(port, MODE_HOLD, number);
}

static int command(const char *line)
{
	char op[16] = "";

	if (strstr(line, "\"op\":\"stats\"")) {
		say_stats();
		return 0;
	}
	int result = obey(line, op);
	if (result < 0)
		say("{\"error\":\"%s\",\"op\":\"%s\"}", strerror(-result), op);
	else
		say("{\"done\":\"%s\"}", op);
	return result;
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

static int load(const char *file, const char *pins)
{
	for (int again = 0; again < 2; again++) {
		object = open_object(file, pins);
		if (!object)
			return -errno;
		int error = bpf_object__load(object);

		if (!error)
			return 0;
		bpf_object__close(object);
		if (!pins || again || (error != -EINVAL && error != -ESTALE))
			return error;
		forget(pins);
	}
	return -EINVAL;
}

static void beat_once(void)
{
	__u32 first = 0;
	__u64 now = now_ns();

	bpf_map_update_elem(beat_fd, &first, &now, BPF_ANY);
}

// Takes whole lines off the front of the buffer; 1 when the loader is to end.
static int take_lines(char *buffer, size_t *filled)
{
	char *start = buffer, *end;
	int stop = 0;

	while (!stop && (end = memchr(start, '\n', *filled - (start - buffer)))) {
		*end = 0;
		if (end > start)
			stop = command(start) == 1;
		start = end + 1;
	}
	*filled -= start - buffer;
	memmove(buffer, start, *filled);
	return stop;
}

// 1 when it ends by order, 0 when whoever gave orders is gone.
static int serve(struct ring_buffer *ring, int signals)
{
	static char buffer[LINE_BYTES];
	size_t filled = 0;
	__u64 next_beat = 0;
	struct pollfd on[] = {{.fd = STDIN_FILENO, .events = POLLIN},
			      {.fd = ring_buffer__epoll_fd(ring), .events = POLLIN},
			      {.fd = signals, .events = POLLIN}};

	for (;;) {
		if (now_ns() >= next_beat) {
			beat_once();
			next_beat = now_ns() + BEAT_MS * 1000000ULL;
		}
		if (poll(on, 3, BEAT_MS) < 0 && errno != EINTR)
			return 1;
		if (on[1].revents)
			ring_buffer__consume(ring);
		if (on[2].revents)
			return 1;
		if (!on[0].revents)
			continue;
		ssize_t got = read(STDIN_FILENO, buffer + filled, sizeof(buffer) - filled);

		if (got <= 0)
			return 0;
		filled += got;
		if (take_lines(buffer, &filled))
			return 1;
		if (filled == sizeof(buffer))
			filled = 0;
	}
}

int main(int count, char **arguments)
{
	sigset_t ends;

	if (count < 2 || count > 3) {
		fprintf(stderr, "usage: loader OBJECT [PINS]\n");
		return 2;
	}
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	signal(SIGPIPE, SIG_IGN);
	libbpf_set_print(silent);
	const char *pins = count == 3 ? arguments[2] : NULL;
	if (pins && mkdir(pins, 0700) && errno != EEXIST)
		return fail("The folder of the maps cannot be made.", errno);
	int error = load(arguments[1], pins);
	if (error)
		return fail("The program cannot be loaded.", -error);
	program = bpf_object__find_program_by_name(object, "traffic_monitor");
	watch_fd = bpf_object__find_map_fd_by_name(object, "watch");
	traffic_fd = bpf_object__find_map_fd_by_name(object, "traffic");
	classes_fd = bpf_object__find_map_fd_by_name(object, "classes");
	texts_fd = bpf_object__find_map_fd_by_name(object, "texts");
	beat_fd = bpf_object__find_map_fd_by_name(object, "beat");
	int events_fd = bpf_object__find_map_fd_by_name(object, "events");
	struct ring_buffer *ring = ring_buffer__new(events_fd, on_event, NULL, NULL);
	int signals = signalfd(-1, &ends, SFD_CLOEXEC);
	if (!ring || signals < 0)
		return fail("The events cannot be read.", errno);
	beat_once();
	printf("{\"ready\":{\"pinned\":%s,", pins ? "true" : "false");
	say_watched();
	say("}}");
	if (serve(ring, signals))
		while (attached_count)
			detach(attached[attached_count - 1]);
	ring_buffer__free(ring);
	bpf_object__close(object);
	return 0;
}
