/** What every attempt begins with. It prints ESCAPED when it got out; its last line says that it really ran. */
const PRELUDE = `
import ctypes, errno, fcntl, os, platform, signal, socket, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
host_pid, port, secret, abstract = int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
arm = platform.machine() == 'aarch64'
def refused(what, *errors):
    try:
        got = what()
    except (OSError, *errors) as error:
        print('held', error)
        return
    print('ESCAPED', got)
def call(number, *args):
    ctypes.set_errno(0)
    got = libc.syscall(number, *args)
    if got < 0: raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return got
def connect(family, address):
    s = socket.socket(family, socket.SOCK_STREAM); s.settimeout(1); s.connect(address); return address
def reads(path):
    with open(path, 'rb') as f: return f.read(20)
def writes(path, text='1'):
    with open(path, 'w') as f: f.write(text)
    return path
`;
const POSTLUDE = "\nprint('tried')\n";

/** How the program may end instead of saying `tried`, when a limit is what holds it. */
type Attempt = { name: string; code: string; limit?: 'memory' | 'output' | 'time' };

const attempt = (name: string, code: string, limit?: Attempt['limit']): Attempt => ({
  name,
  code: `${PRELUDE}${code}${POSTLUDE}`,
  ...(limit === undefined ? {} : { limit }),
});

/** Reads what may be read: shows that an attempt which succeeds is noticed. */
export const SUCCEEDS: Attempt = attempt('read what is there', `refused(lambda: reads('/etc/passwd'))`);

/** Ways out of a sandbox, each a program that really tries. */
export const ATTEMPTS: readonly Attempt[] = [
  attempt('reach a server of this machine', `refused(lambda: connect(socket.AF_INET, ('127.0.0.1', port)))`),
  attempt(
    'reach the network',
    `refused(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53)))
refused(lambda: socket.getaddrinfo('example.com', 80))
refused(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))`,
  ),
  attempt('reach an abstract socket', `refused(lambda: connect(socket.AF_UNIX, '\\0' + abstract))`),
  attempt(
    'read files of this machine',
    `for path in [secret, '/etc/shadow', '/etc/hostname', '/root/.bashrc', '/home', '/var/log', '/mnt', '/run']:
    refused(lambda: os.listdir(path) if os.path.isdir(path) else reads(path))`,
  ),
  attempt(
    'read secrets of the environment',
    `print('ESCAPED' if any('TWIN' in k or 'TOKEN' in k or 'KEY' in k for k in os.environ) else 'held')`,
  ),
  attempt(
    'read other processes',
    `others = [p for p in os.listdir('/proc') if p.isdigit() and b'node' in reads(f'/proc/{p}/cmdline')]
print('ESCAPED' if others or os.path.exists(f'/proc/{host_pid}') else 'held')
refused(lambda: reads('/proc/1/root' + secret))
refused(lambda: reads('/proc/1/cwd' + secret))
refused(lambda: reads('/proc/kcore') or (_ for _ in ()).throw(OSError('empty')))`,
  ),
  attempt(
    'follow a link',
    `os.symlink(secret, 'link')\nrefused(lambda: reads('link'))\nrefused(lambda: writes('link'))`,
  ),
  attempt(
    'write to the system',
    `for path in ['/usr/bin/x', '/etc/passwd', '/x', '/usr/lib/x', '/dev/x']: refused(lambda: writes(path))`,
  ),
  attempt(
    'fork without end',
    `made = 0
try:
    while made < 1000:
        if os.fork() == 0: time.sleep(60)
        made += 1
except OSError: pass
print('ESCAPED' if made >= 64 else 'held')`,
  ),
  attempt('take all memory', `refused(lambda: len(bytearray(2 ** 31)), MemoryError)`),
  attempt(
    'take all memory with many processes',
    `for i in range(8):
    if os.fork() == 0:
        kept = bytearray(os.urandom(1)) * (100 * 2 ** 20)
        time.sleep(60)
time.sleep(60)`,
    'memory',
  ),
  attempt('write without end', `while True: os.write(1, b'x' * 65536)`, 'output'),
  attempt('write errors without end', `while True: os.write(2, b'x' * 65536)`, 'output'),
  attempt(
    'run for ever',
    `for s in range(1, 65):
    try: signal.signal(s, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True: pass`,
    'time',
  ),
  attempt('end the agent', `refused(lambda: os.kill(host_pid, 9))\nrefused(lambda: os.killpg(host_pid, 9))`),
  attempt(
    'become root',
    `refused(lambda: os.setuid(0))
refused(lambda: os.setgroups([0]))
os.system('cp /bin/bash /tmp/b && chmod 6755 /tmp/b && /tmp/b -p -c "test $(id -u) = 0 && echo ESCAPED"')
os.system('echo | su -c "echo ESCAPED" 2>&1')
print('ESCAPED' if 0 in os.getresuid() else 'held')`,
  ),
  attempt(
    'mount',
    `refused(lambda: call(40 if arm else 165, b'none', b'/tmp', b'tmpfs', 0, 0))
refused(lambda: call(39 if arm else 166, b'/usr', 2))
refused(lambda: call(430, b'tmpfs', 0))
refused(lambda: os.chroot('/tmp'))`,
  ),
  attempt(
    'make a namespace',
    `refused(lambda: call(97 if arm else 272, 0x10000000))
refused(lambda: call(97 if arm else 272, 0x00020000))
print('ESCAPED' if os.system('unshare -Ur true 2>/dev/null') == 0 else 'held')`,
  ),
  attempt(
    'trace a process',
    `refused(lambda: call(117 if arm else 101, 16, os.getppid(), 0, 0))\nrefused(lambda: reads('/proc/1/mem'))`,
  ),
  attempt(
    'use a device',
    `refused(lambda: os.mknod('/tmp/sda', 0o60666, os.makedev(8, 0)))
for path in ['/dev/mem', '/dev/kmsg', '/dev/sda', '/dev/vda', '/dev/kvm', '/dev/fuse', '/dev/net/tun']: refused(lambda: reads(path))`,
  ),
  attempt(
    'change the kernel through files',
    `for path in ['/sys/power/state', '/sys/kernel/uevent_helper', '/proc/sys/kernel/core_pattern', '/proc/sys/kernel/hostname',
             '/proc/sysrq-trigger', '/sys/fs/cgroup/x', '/proc/sys/vm/drop_caches']: refused(lambda: writes(path))`,
  ),
  attempt(
    'type into a terminal',
    `import pty
refused(lambda: os.open('/dev/tty', os.O_RDWR))
_, end = pty.openpty()
os.setsid() if os.getsid(0) != os.getpid() else None
refused(lambda: fcntl.ioctl(end, 0x5412, b'x'))`,
  ),
  attempt(
    'fill the disk',
    `for folder in ['/tmp', '/work', '/dev/shm']:
    written = 0
    try:
        for i in range(64):
            with open(f'{folder}/{i}', 'wb') as f: written += f.write(b'x' * 2 ** 20)
    except OSError: pass
    print('ESCAPED' if written > 16 * 2 ** 20 else 'held')`,
  ),
  attempt(
    'outlive the run',
    `if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for s in range(1, 65):
            try: signal.signal(s, signal.SIG_IGN)
            except (OSError, ValueError): pass
        os.closerange(0, 3)
        time.sleep(600)
    os._exit(0)
os.wait()`,
  ),
  attempt(
    'use keys, bpf, io_uring, performance counters',
    `refused(lambda: call(217 if arm else 248, b'user', b'x', b'y', 1, -3))
refused(lambda: call(219 if arm else 250, 0, -3, 0))
refused(lambda: call(280 if arm else 321, 0, b'\\0' * 64, 64))
refused(lambda: call(425, 8, b'\\0' * 128))
refused(lambda: call(241 if arm else 298, b'\\0' * 128, 0, -1, -1, 0))
refused(lambda: call(282 if arm else 323, 1))`,
  ),
  attempt('set the clock', `refused(lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()))`),
  attempt(
    'load a kernel module or reboot',
    `refused(lambda: call(105 if arm else 175, b'', 0, b''))\nrefused(lambda: call(142 if arm else 169, 0, 0, 0, 0))`,
  ),
  attempt(
    'use a descriptor left open',
    `print('ESCAPED' if [f for f in os.listdir('/proc/self/fd') if int(f) > 3] else 'held')`,
  ),
];
