"""exec, attach, port-forward and logs over WebSocket."""

from harness import case, equal, eventually
from kubernetes import client, watch
from kubernetes.stream import portforward, stream


def pod(namespace, name, command=None):
    """A running pod of that name."""
    core = client.CoreV1Api()
    container = {"name": "main", "image": "wherry/hello"}
    if command:
        container["command"] = ["sh", "-c", command]
    core.create_namespaced_pod(namespace, {"metadata": {"name": name}, "spec": {"terminationGracePeriodSeconds": 1, "containers": [container]}})
    eventually(lambda: core.read_namespaced_pod(name, namespace).status.phase == "Running")
    return core


@case("exec gives output, errors and the exit code")
def _(namespace):
    core = pod(namespace, "shell")
    answer = stream(
        core.connect_get_namespaced_pod_exec,
        "shell",
        namespace,
        command=["sh", "-c", "echo out; echo err >&2; exit 7"],
        stdin=False,
        stdout=True,
        stderr=True,
        tty=False,
        _preload_content=False,
    )
    answer.run_forever(timeout=20)
    equal((answer.read_stdout(), answer.read_stderr(), answer.returncode), ("out\n", "err\n", 7))


@case("exec takes input, line by line")
def _(namespace):
    core = client.CoreV1Api()
    answer = stream(
        core.connect_get_namespaced_pod_exec,
        "shell",
        namespace,
        command=["sh", "-c", "while read line; do echo got $line; done"],
        stdin=True,
        stdout=True,
        stderr=True,
        tty=False,
        _preload_content=False,
    )
    for word in ("one", "two"):
        answer.write_stdin(word + "\n")
        equal(answer.readline_stdout(timeout=10), f"got {word}")
    answer.close()


@case("exec as one call returns what was printed")
def _(namespace):
    said = stream(
        client.CoreV1Api().connect_get_namespaced_pod_exec,
        "shell",
        namespace,
        command=["printf", "%s", "x" * 1000],
        stdin=False,
        stdout=True,
        stderr=True,
        tty=False,
    )
    equal(said, "x" * 1000)


@case("attach joins what a container prints")
def _(namespace):
    core = pod(namespace, "ticker", "i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.1; done")
    answer = stream(
        core.connect_get_namespaced_pod_attach, "ticker", namespace, stdout=True, stderr=True, stdin=False, _preload_content=False
    )
    assert answer.readline_stdout(timeout=10).startswith("tick ")
    answer.close()


@case("logs are read, tailed, and followed line by line")
def _(namespace):
    core = client.CoreV1Api()
    eventually(lambda: core.read_namespaced_pod_log("ticker", namespace).startswith("tick 1\ntick 2\n"))
    equal(len(core.read_namespaced_pod_log("ticker", namespace, tail_lines=1).splitlines()), 1)
    follower = watch.Watch()
    lines = []
    for line in follower.stream(core.read_namespaced_pod_log, "ticker", namespace, tail_lines=1):
        lines.append(int(line.split()[1]))
        if len(lines) == 3:
            follower.stop()
    equal(lines, list(range(lines[0], lines[0] + 3)))


@case("port-forward carries a request and its answer")
def _(namespace):
    core = client.CoreV1Api()
    forward = portforward(core.connect_get_namespaced_pod_portforward, "shell", namespace, ports="8080")
    socket = forward.socket(8080)
    socket.setblocking(True)
    socket.settimeout(10)
    socket.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    said = b""
    while chunk := socket.recv(4096):
        said += chunk
    socket.close()
    assert b"Hello from shell" in said, said
    equal(forward.error(8080), None)


@case("the proxy subresource of a pod and a Service reaches its server")
def _(namespace):
    core = client.CoreV1Api()
    equal(core.connect_get_namespaced_pod_proxy("shell:8080", namespace), "Hello from shell\n")
    core.patch_namespaced_pod("shell", namespace, {"metadata": {"labels": {"app": "shell"}}})
    core.create_namespaced_service(namespace, {"metadata": {"name": "shell"}, "spec": {"selector": {"app": "shell"}, "ports": [{"port": 80, "targetPort": 8080}]}})
    equal(eventually(lambda: core.connect_get_namespaced_service_proxy("shell", namespace)), "Hello from shell\n")
