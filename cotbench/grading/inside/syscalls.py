"""System call numbers, and the ways to make a call by its name.

`ALLOWED` are the calls that sandbox processes may make with any arguments; `seccomp` holds the rules for those whose
arguments decide. The numbers are those of the kernel headers (asm/unistd_64.h and asm-generic/unistd.h).
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Callable

_ALLOWED = """
read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek close close_range dup dup2 dup3 stat
fstat lstat newfstatat statx access faccessat faccessat2 readlink readlinkat getdents getdents64 getcwd chdir fchdir
mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat ftruncate fallocate
fsync fdatasync flock fadvise64 statfs fstatfs umask sendfile copy_file_range pipe pipe2 eventfd eventfd2
epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 poll ppoll select pselect6 timerfd_create
timerfd_settime timerfd_gettime signalfd4 recvfrom recvmsg shutdown getsockname getpeername getsockopt mmap munmap
mprotect mremap madvise brk msync mincore membarrier rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending
rt_sigtimedwait rt_sigsuspend sigaltstack pause alarm getitimer setitimer timer_create timer_settime timer_gettime
timer_delete timer_getoverrun restart_syscall futex set_robust_list set_tid_address rseq sched_yield
sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min
sched_rr_get_interval getcpu gettid exit exit_group wait4 waitid getpid getppid getpgid getpgrp getsid getuid
geteuid getgid getegid getresuid getresgid getgroups getpriority capget clock_gettime clock_getres clock_nanosleep
nanosleep gettimeofday time times getrusage sysinfo uname getrlimit getrandom arch_prctl
"""
ALLOWED = tuple(_ALLOWED.split())

_TABLE = """
access 21 -, acct 163 89, add_key 248 217, alarm 37 -, arch_prctl 158 -, bind 49 200, bpf 321 280, brk 12 214,
capget 125 90, capset 126 91, chdir 80 49, chmod 90 -, chown 92 -, chroot 161 51, clock_getres 229 114,
clock_gettime 228 113, clock_nanosleep 230 115, clone 56 220, clone3 435 435, close 3 57, close_range 436 436,
connect 42 203, copy_file_range 326 285, dup 32 23, dup2 33 -, dup3 292 24, epoll_create 213 -,
epoll_create1 291 20, epoll_ctl 233 21, epoll_pwait 281 22, epoll_pwait2 441 441, epoll_wait 232 -, eventfd 284 -,
eventfd2 290 19, execve 59 221, execveat 322 281, exit 60 93, exit_group 231 94, faccessat 269 48,
faccessat2 439 439, fadvise64 221 223, fallocate 285 47, fanotify_init 300 262, fchdir 81 50, fchmod 91 52,
fchmodat 268 53, fchmodat2 452 452, fchown 93 55, fchownat 260 54, fcntl 72 25, fdatasync 75 83, fgetxattr 193 10,
flistxattr 196 13, flock 73 32, fork 57 -, fremovexattr 199 16, fsetxattr 190 7, fstat 5 80, fstatfs 138 44,
fsync 74 82, ftruncate 77 46, futex 202 98, futimesat 261 -, getcpu 309 168, getcwd 79 17, getdents 78 -,
getdents64 217 61, getegid 108 177, geteuid 107 175, getgid 104 176, getgroups 115 158, getitimer 36 102,
getpeername 52 205, getpgid 121 155, getpgrp 111 -, getpid 39 172, getppid 110 173, getpriority 140 141,
getrandom 318 278, getresgid 120 150, getresuid 118 148, getrlimit 97 163, getrusage 98 165, getsid 124 156,
getsockname 51 204, getsockopt 55 209, gettid 186 178, gettimeofday 96 169, getuid 102 174, getxattr 191 8,
init_module 175 105, inotify_init1 294 26, io_uring_enter 426 426, io_uring_register 427 427,
io_uring_setup 425 425, ioctl 16 29, kcmp 312 272, keyctl 250 219, kill 62 129, landlock_add_rule 445 445,
landlock_create_ruleset 444 444, landlock_restrict_self 446 446, lchown 94 -, lgetxattr 192 9, link 86 -,
linkat 265 37, listxattr 194 11, llistxattr 195 12, lremovexattr 198 15, lseek 8 62, lsetxattr 189 6, lstat 6 -,
madvise 28 233, mbind 237 235, membarrier 324 283, memfd_create 319 279, mincore 27 232, mkdir 83 -, mkdirat 258 34,
mknod 133 -, mknodat 259 33, mmap 9 222, mount 165 40, mount_setattr 442 442, move_pages 279 239, mprotect 10 226,
mremap 25 216, msgget 68 186, msync 26 227, munmap 11 215, name_to_handle_at 303 264, nanosleep 35 101,
newfstatat 262 79, open 2 -, open_by_handle_at 304 265, openat 257 56, openat2 437 437, pause 34 -,
perf_event_open 298 241, personality 135 92, pidfd_getfd 438 438, pidfd_open 434 434, pidfd_send_signal 424 424,
pipe 22 -, pipe2 293 59, pivot_root 155 41, poll 7 -, ppoll 271 73, prctl 157 167, pread64 17 67, preadv 295 69,
preadv2 327 286, prlimit64 302 261, process_madvise 440 440, process_vm_readv 310 270, process_vm_writev 311 271,
pselect6 270 72, ptrace 101 117, pwrite64 18 68, pwritev 296 70, pwritev2 328 287, quotactl 179 60, read 0 63,
readlink 89 -, readlinkat 267 78, readv 19 65, reboot 169 142, recvfrom 45 207, recvmsg 47 212, removexattr 197 14,
rename 82 -, renameat 264 38, renameat2 316 276, request_key 249 218, restart_syscall 219 128, rmdir 84 -,
rseq 334 293, rt_sigaction 13 134, rt_sigpending 127 136, rt_sigprocmask 14 135, rt_sigqueueinfo 129 138,
rt_sigreturn 15 139, rt_sigsuspend 130 133, rt_sigtimedwait 128 137, rt_tgsigqueueinfo 297 240,
sched_get_priority_max 146 125, sched_get_priority_min 147 126, sched_getaffinity 204 123, sched_getparam 143 121,
sched_getscheduler 145 120, sched_rr_get_interval 148 127, sched_setaffinity 203 122, sched_setscheduler 144 119,
sched_yield 24 124, seccomp 317 277, select 23 -, semget 64 190, sendfile 40 71, sendmmsg 307 269, sendmsg 46 211,
sendto 44 206, set_robust_list 273 99, set_tid_address 218 96, sethostname 170 161, setitimer 38 103, setns 308 268,
setpgid 109 154, setpriority 141 140, setresuid 117 147, setrlimit 160 164, setsid 112 157, settimeofday 164 170,
setuid 105 146, setxattr 188 5, shmget 29 194, shutdown 48 210, sigaltstack 131 132, signalfd4 289 74,
socket 41 198, socketpair 53 199, stat 4 -, statfs 137 43, statx 332 291, swapon 167 224, symlink 88 -,
symlinkat 266 36, sysinfo 99 179, syslog 103 116, tgkill 234 131, time 201 -, timer_create 222 107,
timer_delete 226 111, timer_getoverrun 225 109, timer_gettime 224 108, timer_settime 223 110, timerfd_create 283 85,
timerfd_gettime 287 87, timerfd_settime 286 86, times 100 153, tkill 200 130, truncate 76 45, umask 95 166,
umount2 166 39, uname 63 160, unlink 87 -, unlinkat 263 35, unshare 272 97, userfaultfd 323 282, utime 132 -,
utimensat 280 88, utimes 235 -, vfork 58 -, wait4 61 260, waitid 247 95, write 1 64, writev 20 66
"""

_ARCHITECTURES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

_libc = ctypes.CDLL(None, use_errno=True)


def architecture() -> int:
    """The audit name of this machine's system call table. Raises OSError for a machine that has none here."""
    return _machine()[0]


def numbers() -> dict[str, int]:
    """Return the numbers of all system calls in the table that this machine has. Raises OSError as above."""
    _, column = _machine()
    found = {}
    for row in _TABLE.split(","):
        name, *columns = row.split()
        if columns[column] != "-":
            found[name] = int(columns[column])
    return found


def call(step: str, name: str, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    """Make a system call and return its result. Raises OSError that names `step` and says why."""
    return ready(step, name, *arguments)()


def ready(step: str, name: str, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> Callable[[], int]:
    """Return what makes the call, with all made beforehand: a fresh process pays for each page that it touches."""
    if not _numbers:
        _numbers.update(numbers())
    if name not in _numbers:
        raise OSError(errno.ENOSYS, f"{step}: there is no system call {name} on this machine")
    number = _numbers[name]
    # Without the wrapping, ctypes passes numbers as 32 bits.
    words = [ctypes.c_long(item) if isinstance(item, int) else item for item in arguments]

    def make() -> int:
        result: int = _syscall(number, *words)
        if result < 0:
            code = ctypes.get_errno()
            raise OSError(code, f"{step}: {os.strerror(code)}")
        return result

    return make


def _machine() -> tuple[int, int]:
    name = os.uname().machine
    if sys.platform != "linux" or name not in _ARCHITECTURES or ctypes.sizeof(ctypes.c_void_p) != 8:
        raise OSError(errno.ENOSYS, f"system calls are not known for {sys.platform} on {name}")
    return _ARCHITECTURES[name]


_numbers: dict[str, int] = {}
_syscall = _libc.syscall
_syscall.restype = ctypes.c_long
