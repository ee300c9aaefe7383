// What the parts of the loader share: loader.c obeys commands, kernel.c puts the program and its maps into the kernel, report.c
// writes JSON lines.
#ifndef LOADER_H
#define LOADER_H

#include <stddef.h>
#include <stdint.h>

#include <linux/types.h>

// The maps of the program that is loaded.
struct maps {
	int watch, traffic, classes, texts, beat, events;
};
extern struct maps maps;

__u64 now_ns(void);

// kernel.c: 0, or a negative errno.
int load(const char *file, const char *pins);
void unload(void);
int program_fd(void);
int attach(const char *name);
int detach(const char *name);
void detach_all(void);
int set_mode(long port, __u8 mode, long mask);
int unwatch(long port);
int set_class(char *prefix, long class);
int set_text(const char *begins, long kind);
void beat_once(void);

// report.c
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
int say_syn(void *context, void *data, size_t bytes);
void say_ready(int pinned);
void say_stats(void);

#endif
