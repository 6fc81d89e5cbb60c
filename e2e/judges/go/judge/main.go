// Judges the server with upstream's Go packages. KUBECONFIG names the cluster; -list names the cases, and a run
// reports each on a line of JSON.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

// A run has clients that speak JSON and protobuf, and a namespace of its own.
type run struct {
	ctx       context.Context
	config    *rest.Config
	client    kubernetes.Interface // protobuf both ways, as upstream's components
	json      kubernetes.Interface
	namespace string
}

type testCase struct {
	name string
	body func(r *run)
}

var cases []testCase

func judge(name string, body func(r *run)) bool {
	cases = append(cases, testCase{name, body})
	return true
}

type failure struct{ message string }

func failf(format string, args ...any) { panic(failure{fmt.Sprintf(format, args...)}) }

func must(err error) {
	if err != nil {
		failf("%v (%T)", err, err)
	}
}

func got[T any](value T, err error) T {
	must(err)
	return value
}

func equal[T comparable](is, want T) {
	if is != want {
		failf("got %v, want %v", is, want)
	}
}

func eventually(what string, probe func() bool) {
	end := time.Now().Add(30 * time.Second)
	for pause := 20 * time.Millisecond; !probe(); pause = min(pause*3/2, 500*time.Millisecond) {
		if time.Now().After(end) {
			failf("not in time: %s", what)
		}
		time.Sleep(pause)
	}
}

func (r *run) judge(c testCase) (message string) {
	defer func() {
		switch raised := recover().(type) {
		case nil:
		case failure:
			message = fmt.Sprintf("%s\n%s", raised.message, debug.Stack())
		default:
			message = fmt.Sprintf("panic: %v\n%s", raised, debug.Stack())
		}
	}()
	ctx, cancel := context.WithTimeout(r.ctx, time.Minute)
	defer cancel()
	inner := *r
	inner.ctx = ctx
	c.body(&inner)
	return ""
}

func main() {
	list := flag.Bool("list", false, "name the cases")
	klog.InitFlags(nil)
	flag.Parse()
	if *list {
		for _, c := range cases {
			fmt.Println(c.name)
		}
		return
	}
	config := got(clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG")))
	config.QPS, config.Burst = -1, -1
	protobuf := rest.CopyConfig(config)
	protobuf.ContentType = "application/vnd.kubernetes.protobuf"
	protobuf.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	ctx := context.Background()
	r := &run{
		ctx:       ctx,
		config:    config,
		client:    kubernetes.NewForConfigOrDie(protobuf),
		json:      kubernetes.NewForConfigOrDie(config),
		namespace: "go-" + rand.String(6),
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: r.namespace}}
	got(r.client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}))
	for _, c := range cases {
		verdict := map[string]string{"name": c.name}
		if message := r.judge(c); message != "" {
			verdict["error"] = message
		}
		must(json.NewEncoder(os.Stdout).Encode(verdict))
	}
	must(r.client.CoreV1().Namespaces().Delete(ctx, r.namespace, metav1.DeleteOptions{}))
}
