"""Runs programs under an isolation level and prints what became of each; a program of its own for the isolation tests.

Whatever the programs get away with must not reach the machine, also when the code under test is broken. So all happens
in a pid namespace, where every file system is read-only but for a scratch folder that only these processes see, and all
that programs attack is in there.

Stages: `run` (contains itself like that, maybe confines itself as Docker would, maybe becomes another user) → `drive`
(chooses the level and makes the plan, as the grader does) → `serve` (becomes the fork server, and forks a child per
program).
"""

import errno
import importlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
import traceback
import types
from pathlib import Path

SCRATCH = "/mnt"
DOCKER_CAPABILITIES = {0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31}
DOCKER_DENIES = "unshare setns mount umount2 pivot_root mount_setattr bpf keyctl add_key request_key perf_event_open"
DOCKER_DENIES += " userfaultfd open_by_handle_at acct swapon reboot quotactl init_module io_uring_setup"


def inside(source, *names):
    package = types.ModuleType("inside")
    package.__path__ = [f"{source}/cotbench/grading/inside"]
    sys.modules["inside"] = package
    return [importlib.import_module(f"inside.{name}") for name in names]


def contain(order, namespaces):
    """Go where nothing outside can be changed or signalled. Exits with 77 if that cannot be had."""
    kinds = namespaces.MOUNT | namespaces.PROCESS | namespaces.IPC
    try:
        if os.geteuid() == 0:
            namespaces.unshare("contain", kinds)
        else:
            namespaces.enter_user_namespace(os.geteuid(), kinds)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(77)
    child = os.fork()
    if child:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) & 0xFF)
    namespaces._mount("private", None, "/", None, (1 << 18) | 16384)
    namespaces._lock("/", 1, 0x8000)
    namespaces._mount("scratch", "tmpfs", SCRATCH, "tmpfs", 0, "mode=1777")
    namespaces._mount("proc", "proc", "/proc", "proc", 0)
    source = Path(order["source"])
    for part in ("core", "grading"):
        shutil.copytree(source / "cotbench" / part, Path(SCRATCH, "source", "cotbench", part))
    Path(SCRATCH, "source", "cotbench", "__init__.py").touch()
    order["driver"] = shutil.copy(__file__, f"{SCRATCH}/source")
    for path in Path(SCRATCH, "source").rglob("*"):
        path.chmod(0o755)
    order["source"] = f"{SCRATCH}/source"


def run(order):
    namespaces, seccomp, syscalls = inside(order["source"], "namespaces", "seccomp", "syscalls")
    contain(order, namespaces)
    if order["docker"]:
        rules = dict.fromkeys(DOCKER_DENIES.split(), seccomp.DENY) | {"clone3": seccomp.ABSENT}
        rules["clone"] = seccomp.argument_masked(0, 0x7E020000, 0)
        seccomp.install(seccomp.assemble(rules, seccomp.ALLOW, seccomp.ALLOW))
        for bit in range(41):
            if bit not in DOCKER_CAPABILITIES:
                syscalls.call("drop", "prctl", 24, bit, 0, 0, 0)
    if order["uid"]:
        os.setgroups([])
        os.setresgid(order["uid"], order["uid"], order["uid"])
        os.setresuid(order["uid"], order["uid"], order["uid"])
    os.environ["TMPDIR"] = SCRATCH
    os.chdir("/")
    os.execv(sys.executable, [sys.executable, "-s", "-B", order["driver"], "drive", json.dumps(order)])


def drive(order):
    sys.path.insert(0, order["source"])
    levels = importlib.import_module("cotbench.grading.levels")
    libraries = importlib.import_module("cotbench.grading.libraries")
    best, _ = levels.choose_level(None)
    level = order["level"] or best
    if levels.LEVELS.index(level) > levels.LEVELS.index(best):
        sys.stderr.write(f"level {level} cannot be had here\n")
        sys.exit(77)
    folder = Path(tempfile.mkdtemp())
    for name in ("work", "library", "answers"):
        (folder / name).mkdir(mode=0o755)
        (folder / name / "file").write_text("987654321")
    (folder / "work" / "file").unlink()
    plan = libraries.reading_plan(level=level, work=folder / "work", site=folder / "site")
    # Like the standard library: a tree that can be read, and one in it that cannot.
    (folder / "library" / "hidden").mkdir()
    (folder / "library" / "hidden" / "file").write_text("987654321")
    plan["trees"].append(str(folder / "library"))
    plan["hidden"].append(str(folder / "library" / "hidden"))
    order |= {"level": level, "plan": plan, "best": best}
    with (folder / "answers" / "file").open():
        command = [sys.executable, "-I", "-S", "-B", __file__, "serve", json.dumps(order | {"folder": str(folder)})]
        status = subprocess.run(command, timeout=50, env={"HOME": plan["work"]}).returncode
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if "site" not in path.parts}
    untouched = {"work", "library", "library/file", "library/hidden", "library/hidden/file", "answers", "answers/file"}
    if level in ("docker", "full") and not (
        files - untouched <= {f for f in files if f.startswith(("work/", "site"))}
        and untouched <= files
        and (folder / "library" / "file").read_text() == (folder / "answers" / "file").read_text() == "987654321"
    ):
        sys.exit(f"something outside of the work folder was changed: {files ^ untouched}")
    sys.exit(status)


def serve(order):
    names = ("namespaces", "privileges", "sealing", "syscalls")
    namespaces, privileges, sealing, syscalls = inside(order["source"], *names)
    plan = order["plan"]
    if order["level"] == "full":
        namespaces.enter(plan)
    sys.path.append(plan["site_folder"])
    seen = {
        "root": sorted(path.name for path in Path("/").iterdir()),
        "processes": sorted(path.name for path in Path("/proc").iterdir() if path.name.isdigit()),
        "interfaces": [line.split(":")[0].strip() for line in Path("/proc/net/dev").read_text().splitlines()[2:]],
        "routes": Path("/proc/net/route").read_text().splitlines()[1:],
        "host": os.uname().nodename,
        "mounts": [line.split()[4:6] for line in Path("/proc/self/mountinfo").read_text().splitlines()],
        "folders": [fd for fd in namespaces._descriptors() if stat.S_ISDIR(os.fstat(fd).st_mode)],
    }
    sealing.seal_server(order["level"], plan)
    bounded = [bit for bit in range(41) if syscalls.call("bounding set", "prctl", 23, bit, 0, 0, 0)]
    seen |= {
        "capabilities": privileges.capabilities(),
        "bounding": bounded,
        "no_new_privs": syscalls.call("no_new_privs", "prctl", 39, 0, 0, 0, 0),
        "ids": [*os.getresuid(), *os.getresgid(), *os.getgroups()],
    }
    results = {"best": order["best"], "level": order["level"], "seen": seen, "uid": plan["uid"]}
    for name, code in order["programs"].items():
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.close(reading)
            os.setsid()
            os.chdir(plan["work"])
            stdin = os.open("/dev/null", os.O_RDONLY)
            os.dup2(stdin, 0)
            sealing.seal_program(order["level"])
            os.write(writing, child(code, syscalls, order).encode()[:4000])
            os._exit(0)
        os.close(writing)
        results[name] = os.read(reading, 4000).decode(errors="replace")
        os.close(reading)
        _, status = os.wait()
        if not results[name]:
            results[name] = f"ended {os.waitstatus_to_exitcode(status)}"
    sys.stdout.write(json.dumps(results))


def child(code, syscalls, order):
    def raw(name, *arguments):
        return syscalls.call(name, name, *arguments)

    scope = {"raw": raw, "plan": order["plan"], "folder": order["folder"], "__name__": "program"}
    try:
        exec(code, scope)
        return f"done {scope.get('result')}"
    except OSError as error:
        return errno.errorcode.get(error.errno, repr(error))
    except BaseException:
        return traceback.format_exc()


if __name__ == "__main__":
    {"run": run, "drive": drive, "serve": serve}[sys.argv[1]](json.loads(sys.argv[2]))
