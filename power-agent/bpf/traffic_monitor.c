// Counts what comes in for the watched ports, by class of source; tells of SYNs to ports whose service sleeps, and holds
// them. Runs at the ingress of an interface (clsact). Only headers of the kernel's user interface, no kprobes.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include <stddef.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "traffic_monitor.h"

// A loader that is gone for longer than this holds nothing any more: a service that somebody else started must be reached.
#define BEAT_NS 10000000000ULL
// Of a burst of SYNs to one port, one is told.
#define TELL_NS 50000000ULL
#define keep_apart() asm volatile("" ::: "memory")
#define MOST_TAGS 2
#define MOST_HEADERS 4

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 256);
	__type(key, __u16);
	__type(value, struct watched);
} watch SEC(".maps");

// Room for every watched port, class and protocol.
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 2048);
	__type(key, struct traffic_key);
	__type(value, struct traffic);
} traffic SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 1024);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct address_key);
	__type(value, __u8);
} classes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 256);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct text_key);
	__type(value, __u8);
} texts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} beat SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} events SEC(".maps");

struct packet {
	struct address_key source;
	__u32 transport; // offset of the TCP or UDP header, from the network header
	__u32 end;       // where the datagram ends, from the network header
	__u8 protocol;
};

static __always_inline int load(struct __sk_buff *skb, __u32 offset, void *to, __u32 bytes)
{
	return bpf_skb_load_bytes_relative(skb, offset, to, bytes, BPF_HDR_START_NET);
}

static __always_inline int ipv4(struct __sk_buff *skb, __u32 offset, struct packet *packet)
{
	struct iphdr ip;

	if (load(skb, offset, &ip, sizeof(ip)) < 0 || ip.ihl < 5)
		return -1;
	// Later fragments have no ports.
	if (ip.frag_off & bpf_htons(0x1fff))
		return -1;
	packet->source.address[10] = 0xff;
	packet->source.address[11] = 0xff;
	__builtin_memcpy(&packet->source.address[12], &ip.saddr, 4);
	packet->protocol = ip.protocol;
	packet->transport = offset + ip.ihl * 4;
	packet->end = offset + bpf_ntohs(ip.tot_len);
	return 0;
}

static __always_inline int ipv6(struct __sk_buff *skb, __u32 offset, struct packet *packet)
{
	struct ipv6hdr ip;
	__u8 header[8];

	if (load(skb, offset, &ip, sizeof(ip)) < 0)
		return -1;
	__builtin_memcpy(packet->source.address, &ip.saddr, 16);
	packet->protocol = ip.nexthdr;
	packet->transport = offset + sizeof(ip);
	packet->end = packet->transport + bpf_ntohs(ip.payload_len);
#pragma unroll
	for (int i = 0; i < MOST_HEADERS; i++) {
		__u8 now = packet->protocol;

		if (now != IPPROTO_HOPOPTS && now != IPPROTO_ROUTING && now != IPPROTO_DSTOPTS && now != IPPROTO_FRAGMENT)
			return 0;
		if (load(skb, packet->transport, header, sizeof(header)) < 0)
			return -1;
		if (now == IPPROTO_FRAGMENT && (header[2] || (header[3] & 0xf8)))
			return -1;
		packet->protocol = header[0];
		packet->transport += now == IPPROTO_FRAGMENT ? 8 : (header[1] + 1) * 8;
	}
	return 0;
}

// Tags that the kernel has not taken off yet: the outer one is beside the packet already.
static __always_inline int network(struct __sk_buff *skb, struct packet *packet)
{
	__u16 type = skb->protocol;
	__u32 offset = 0;

#pragma unroll
	for (int i = 0; i < MOST_TAGS; i++) {
		__u16 tag[2];

		if (type != bpf_htons(ETH_P_8021Q) && type != bpf_htons(ETH_P_8021AD))
			break;
		if (load(skb, offset, tag, sizeof(tag)) < 0)
			return -1;
		type = tag[1];
		offset += sizeof(tag);
	}
	if (type == bpf_htons(ETH_P_IP))
		return ipv4(skb, offset, packet);
	if (type == bpf_htons(ETH_P_IPV6))
		return ipv6(skb, offset, packet);
	return -1;
}

static __always_inline __u8 class_of(struct address_key *source)
{
	source->prefix_bits = 128;
	__u8 *class = bpf_map_lookup_elem(&classes, source);

	return class && *class <= CLASS_OWN ? *class : CLASS_OTHER;
}

// The payload may lie outside of what the other call reads: it is read from the start of the frame. Tunnels have no frame.
static __always_inline __u8 kind_of(struct __sk_buff *skb, __u32 offset, __u32 bytes)
{
	struct text_key key = {.prefix_bits = TEXT_BYTES * 8};
	__u16 type;

	if (bytes < TEXT_BYTES || bpf_skb_load_bytes(skb, offsetof(struct ethhdr, h_proto), &type, sizeof(type)) < 0)
		return KIND_UNKNOWN;
	if (type == skb->protocol)
		offset += sizeof(struct ethhdr);
	if (bpf_skb_load_bytes(skb, offset, key.text, TEXT_BYTES) < 0)
		return KIND_UNKNOWN;
	__u8 *kind = bpf_map_lookup_elem(&texts, &key);

	return kind ? *kind : KIND_UNKNOWN;
}

static __always_inline struct traffic *counters(const struct traffic_key *key)
{
	struct traffic *found = bpf_map_lookup_elem(&traffic, key);

	if (!found) {
		struct traffic none = {};

		bpf_map_update_elem(&traffic, key, &none, BPF_NOEXIST);
		found = bpf_map_lookup_elem(&traffic, key);
	}
	return found;
}

// Whether the SYN is to be dropped.
static __always_inline int tell(struct watched *watched, const struct packet *packet, __u16 port, __u16 source_port,
				__u8 class, __u64 now)
{
	__u32 first = 0;
	__u64 *last = bpf_map_lookup_elem(&beat, &first);
	int held = watched->mode == MODE_HOLD && last && now - *last < BEAT_NS;

	if (class == CLASS_OWN || watched->mode < MODE_ALERT || !(watched->classes & (1 << class)))
		return 0;
	if (now - watched->told_ns < TELL_NS)
		return held;
	struct syn_event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event)
		return held;
	__builtin_memset(event, 0, sizeof(*event));
	event->ns = now;
	__builtin_memcpy(event->source, packet->source.address, 16);
	event->port = port;
	event->source_port = source_port;
	event->class = class;
	event->held = held;
	bpf_ringbuf_submit(event, 0);
	watched->told_ns = now;
	return held;
}

SEC("tc")
int traffic_monitor(struct __sk_buff *skb)
{
	struct packet packet = {};
	struct tcphdr tcp = {};
	struct udphdr udp;
	__u16 ports[2];
	__u32 payload;

	if (network(skb, &packet) < 0 || (packet.protocol != IPPROTO_TCP && packet.protocol != IPPROTO_UDP))
		return TC_ACT_UNSPEC;
	if (load(skb, packet.transport, ports, sizeof(ports)) < 0)
		return TC_ACT_UNSPEC;
	__u16 port = bpf_ntohs(ports[1]);
	struct watched *watched = bpf_map_lookup_elem(&watch, &port);

	if (!watched)
		return TC_ACT_UNSPEC;
	if (packet.protocol == IPPROTO_TCP) {
		if (load(skb, packet.transport, &tcp, sizeof(tcp)) < 0)
			return TC_ACT_UNSPEC;
		payload = packet.transport + tcp.doff * 4;
	} else {
		payload = packet.transport + sizeof(udp);
	}

	struct traffic_key key = {.port = port, .class = class_of(&packet.source), .protocol = packet.protocol};
	struct traffic *count = counters(&key);

	if (!count)
		return TC_ACT_UNSPEC;
	__u32 segments = skb->gso_segs > 1 ? skb->gso_segs : 1;
	__u64 now = bpf_ktime_get_ns();

	count->packets += segments;
	count->bytes += skb->len;
	count->last_ns = now;
	if (packet.end > payload) {
		__u32 bytes = packet.end - payload;
		__u8 kind = kind_of(skb, payload, bytes);

		count->payload_packets += segments;
		count->payload_bytes += bytes;
		// Without branches: an address that depends on one is refused where CAP_PERFMON is missing.
		count->probes += kind == KIND_PROBE;
		keep_apart();
		count->probe_bytes += kind == KIND_PROBE ? bytes : 0;
		keep_apart();
		count->requests += kind == KIND_REQUEST;
	}
	if (!tcp.syn || tcp.ack)
		return TC_ACT_UNSPEC;
	count->syns += 1;
	return tell(watched, &packet, port, bpf_ntohs(ports[0]), key.class, now) ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
