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
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "traffic_monitor.h"

#include "loader.h"

#define LINE_BYTES 4096
#define BEAT_MS 1000


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

static int fail(const char *what, int error)
{
	say("{\"fatal\":\"%s\",\"errno\":%d,\"reason\":\"%s\"}", what, error, strerror(error));
	return 1;
}

static int silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
	return level == LIBBPF_WARN && getenv("TWIN_BPF_DEBUG") ? vfprintf(stderr, format, arguments) : 0;
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
		return text_field(line, "prefix", text, sizeof(text)) || number_field(line, "class", 0, 3, &number)
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
	struct ring_buffer *ring = ring_buffer__new(maps.events, say_syn, NULL, NULL);
	int signals = signalfd(-1, &ends, SFD_CLOEXEC);
	if (!ring || signals < 0)
		return fail("The events cannot be read.", errno);
	beat_once();
	say_ready(pins != NULL);
	if (serve(ring, signals))
		detach_all();
	ring_buffer__free(ring);
	unload();
	return 0;
}
