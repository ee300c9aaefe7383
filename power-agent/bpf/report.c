// Writes what happens, and what was counted, as JSON lines.
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "traffic_monitor.h"

#include "loader.h"

static const char *const CLASSES[] = {"other", "loopback", "cluster", "own"};

void say(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
}

int say_syn(void *context, void *data, size_t bytes)
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

static void say_traffic(void)
{
	int cpus = libbpf_num_possible_cpus();
	struct traffic *each = calloc(cpus, sizeof(*each));
	struct traffic_key key, *before = NULL;
	const char *comma = "";

	printf("\"traffic\":[");
	while (each && !bpf_map_get_next_key(maps.traffic, before, &key)) {
		struct traffic sum = {};

		before = &key;
		if (key.class > CLASS_OWN || bpf_map_lookup_elem(maps.traffic, &key, each))
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
	while (!bpf_map_get_next_key(maps.watch, before, &port)) {
		before = &port;
		if (bpf_map_lookup_elem(maps.watch, &port, &value) || value.mode > MODE_HOLD)
			continue;
		printf("%s{\"port\":%u,\"mode\":\"%s\"}", comma, port, modes[value.mode]);
		comma = ",";
	}
	printf("]");
}

void say_ready(int pinned)
{
	printf("{\"ready\":{\"pinned\":%s,", pinned ? "true" : "false");
	say_watched();
	say("}}");
}

// With the cost of the program, which the kernel counts while kernel.bpf_stats_enabled is set.
void say_stats(void)
{
	struct bpf_prog_info info = {};
	__u32 bytes = sizeof(info);

	bpf_obj_get_info_by_fd(program_fd(), &info, &bytes);
	printf("{\"stats\":{");
	say_traffic();
	printf(",");
	say_watched();
	say(",\"runs\":%llu,\"runNs\":%llu}}", info.run_cnt, info.run_time_ns);
}
