// Shapes shared by the program in the kernel (traffic_monitor.c) and its loader (loader.c).
#ifndef TRAFFIC_MONITOR_H
#define TRAFFIC_MONITOR_H

#include <linux/types.h>

// What is done about a port.
enum mode {
	MODE_COUNT = 1, // counted
	MODE_ALERT = 2, // counted; a SYN is told
	MODE_HOLD = 3,  // counted; a SYN is told and dropped, so that the client's own TCP tries again
};

// Where a packet comes from.
enum class {
	CLASS_OTHER = 0,
	CLASS_LOOPBACK = 1,
	CLASS_CLUSTER = 2,
	CLASS_OWN = 3, // a service's own head, which is never held: it saves while everybody else waits
};

// What the first bytes of a payload say.
enum kind {
	KIND_UNKNOWN = 0,
	KIND_PROBE = 1,
	KIND_REQUEST = 2,
};

#define TEXT_BYTES 16

struct watched {
	__u8 mode;
	__u8 classes; // bit per class whose SYNs are told and held
	__u8 unused[6];
	__u64 told_ns; // when a SYN was told last
};

struct traffic_key {
	__u16 port;
	__u8 class;
	__u8 protocol;
};

struct traffic {
	__u64 packets;
	__u64 bytes; // whole frames
	__u64 payload_packets;
	__u64 payload_bytes;
	__u64 probes;   // payload packets that begin like a health check or a scrape
	__u64 requests; // payload packets that begin like any other request
	__u64 probe_bytes;
	__u64 syns;
	__u64 last_ns; // monotonic
};

struct address_key {
	__u32 prefix_bits;
	__u8 address[16]; // IPv4 as ::ffff:a.b.c.d
};

struct text_key {
	__u32 prefix_bits;
	__u8 text[TEXT_BYTES];
};

struct syn_event {
	__u64 ns;
	__u8 source[16];
	__u16 port;
	__u16 source_port;
	__u8 class;
	__u8 held;
	__u8 unused[2];
};

#endif
