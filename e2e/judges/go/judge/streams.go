package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/client-go/util/exec"
)

var _ = judge("exec works over WebSocket and over SPDY", func(r *run) {
	r.runningPod("shell")
	request := r.json.CoreV1().RESTClient().Post().Resource("pods").Name("shell").Namespace(r.namespace).SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{
			Command: []string{"sh", "-c", "cat; echo err >&2; exit 3"}, Stdin: true, Stdout: true, Stderr: true,
		}, scheme.ParameterCodec)
	executors := map[string]remotecommand.Executor{
		"websocket": got(remotecommand.NewWebSocketExecutor(r.config, "GET", request.URL().String())),
		"spdy":      got(remotecommand.NewSPDYExecutor(r.config, "POST", request.URL())),
	}
	for name, executor := range executors {
		var out, errors bytes.Buffer
		err := executor.StreamWithContext(r.ctx, remotecommand.StreamOptions{
			Stdin: strings.NewReader("through " + name), Stdout: &out, Stderr: &errors,
		})
		equal(out.String()+"|"+errors.String(), "through "+name+"|err\n")
		status, is := err.(exec.ExitError)
		equal(is && status.ExitStatus() == 3, true)
	}
})

var _ = judge("port-forward works over a WebSocket tunnel and over SPDY", func(r *run) {
	url := r.json.CoreV1().RESTClient().Post().Resource("pods").Name("shell").Namespace(r.namespace).SubResource("portforward").URL()
	transport, upgrader, err := spdy.RoundTripperFor(r.config)
	must(err)
	dialers := []httpstream.Dialer{
		spdy.NewDialer(upgrader, &http.Client{Transport: transport}, "POST", url),
		got(portforward.NewSPDYOverWebsocketDialer(url, r.config)),
	}
	for _, dialer := range dialers {
		stop, ready := make(chan struct{}), make(chan struct{})
		forwarder := got(portforward.New(dialer, []string{"0:8080"}, stop, ready, io.Discard, os.Stderr))
		ended := make(chan error, 1)
		go func() { ended <- forwarder.ForwardPorts() }()
		select {
		case <-ready:
		case err := <-ended:
			failf("%v", err)
		}
		port := got(forwarder.GetPorts())[0].Local
		answer := got(http.Get(fmt.Sprintf("http://127.0.0.1:%d/", port)))
		equal(string(got(io.ReadAll(answer.Body))), "Hello from shell\n")
		close(stop)
		must(<-ended)
	}
})

var _ = judge("logs stream while a container speaks, and the proxy reaches it", func(r *run) {
	answer := got(r.client.CoreV1().Pods(r.namespace).ProxyGet("http", "shell", "8080", "/", nil).DoRaw(r.ctx))
	equal(string(answer), "Hello from shell\n")
	lines := int64(5)
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	stream := got(r.client.CoreV1().Pods(r.namespace).GetLogs("shell", &corev1.PodLogOptions{Follow: true, TailLines: &lines}).Stream(ctx))
	buffer := make([]byte, 1)
	got(stream.Read(buffer))
	must(stream.Close())
	must(r.client.CoreV1().Pods(r.namespace).Delete(r.ctx, "shell", metav1.DeleteOptions{}))
})
