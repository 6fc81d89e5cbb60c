package main

import (
	"net/http"
	"strings"
	"sync"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/pager"
	"k8s.io/client-go/util/retry"
)

// answers notes the content types of a client's answers.
type answers struct {
	next  http.RoundTripper
	lock  sync.Mutex
	types map[string]int
}

func (a *answers) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := a.next.RoundTrip(request)
	if err == nil {
		a.lock.Lock()
		a.types[response.Header.Get("Content-Type")]++
		a.lock.Unlock()
	}
	return response, err
}

// protobufClient takes nothing but protobuf, and tells in which types it was answered.
func (r *run) protobufClient() (kubernetes.Interface, map[string]int) {
	seen := map[string]int{}
	config := rest.CopyConfig(r.config)
	config.ContentType = "application/vnd.kubernetes.protobuf"
	config.AcceptContentTypes = "application/vnd.kubernetes.protobuf"
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { return &answers{next: next, types: seen} })
	return kubernetes.NewForConfigOrDie(config), seen
}

var _ = judge("answers, lists and watches come in protobuf where only that is accepted", func(r *run) {
	client, seen := r.protobufClient()
	maps := client.CoreV1().ConfigMaps(r.namespace)
	object := configMap("proto", map[string]string{"a": "b"})
	object.BinaryData = map[string][]byte{"bytes": {0, 255, 10}}
	made := got(maps.Create(r.ctx, object, metav1.CreateOptions{}))
	equal(string(made.BinaryData["bytes"]), "\x00\xff\n")
	list := got(maps.List(r.ctx, metav1.ListOptions{}))
	watch := got(maps.Watch(r.ctx, metav1.ListOptions{ResourceVersion: list.ResourceVersion}))
	defer watch.Stop()
	made.Data["a"] = "c"
	got(maps.Update(r.ctx, made, metav1.UpdateOptions{}))
	event := <-watch.ResultChan()
	equal(string(event.Type), "MODIFIED")
	equal(event.Object.(*corev1.ConfigMap).Data["a"], "c")
	must(maps.Delete(r.ctx, "proto", metav1.DeleteOptions{}))
	_, err := maps.Get(r.ctx, "proto", metav1.GetOptions{})
	equal(apierrors.IsNotFound(err), true)
	equal(seen["application/json"], 0)
	equal(seen["application/vnd.kubernetes.protobuf"] >= 5, true)
	equal(seen["application/vnd.kubernetes.protobuf;stream=watch"], 1)
})

var _ = judge("JSON and protobuf show the same object", func(r *run) {
	spec := corev1.ServiceSpec{
		Selector: map[string]string{"app": "none"},
		Ports:    []corev1.ServicePort{{Name: "a", Port: 80, TargetPort: intstr.FromString("http")}, {Name: "b", Port: 81}},
	}
	service := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "both"}, Spec: spec}
	got(r.client.CoreV1().Services(r.namespace).Create(r.ctx, service, metav1.CreateOptions{}))
	fromJSON := got(r.json.CoreV1().Services(r.namespace).Get(r.ctx, "both", metav1.GetOptions{}))
	fromProtobuf := got(r.client.CoreV1().Services(r.namespace).Get(r.ctx, "both", metav1.GetOptions{}))
	equal(fromJSON.String(), fromProtobuf.String())
	equal(fromProtobuf.Spec.Ports[1].TargetPort.IntValue(), 81)
})

var _ = judge("errors are those that apimachinery knows", func(r *run) {
	for _, client := range []kubernetes.Interface{r.client, r.json} {
		maps := client.CoreV1().ConfigMaps(r.namespace)
		_, err := maps.Get(r.ctx, "none", metav1.GetOptions{})
		equal(err.Error(), `configmaps "none" not found`)
		_, err = maps.Create(r.ctx, configMap("Not Good", nil), metav1.CreateOptions{})
		equal(apierrors.IsInvalid(err), true)
		stale := got(maps.Create(r.ctx, configMap("stale", nil), metav1.CreateOptions{}))
		_, err = maps.Create(r.ctx, configMap("stale", nil), metav1.CreateOptions{})
		equal(apierrors.IsAlreadyExists(err), true)
		got(maps.Patch(r.ctx, "stale", types.MergePatchType, []byte(`{"data":{"a":"b"}}`), metav1.PatchOptions{}))
		stale.Data = map[string]string{"a": "c"}
		_, err = maps.Update(r.ctx, stale, metav1.UpdateOptions{})
		equal(apierrors.IsConflict(err), true)
		uid := types.UID("wrong")
		err = maps.Delete(r.ctx, "stale", metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}})
		equal(apierrors.IsConflict(err), true)
		must(maps.Delete(r.ctx, "stale", metav1.DeleteOptions{}))
		_, err = maps.List(r.ctx, metav1.ListOptions{LabelSelector: "a in"})
		equal(apierrors.IsBadRequest(err), true)
	}
})

var _ = judge("an update is retried on conflict until it is in", func(r *run) {
	maps := r.client.CoreV1().ConfigMaps(r.namespace)
	got(maps.Create(r.ctx, configMap("counter", map[string]string{"n": ""}), metav1.CreateOptions{}))
	var writers sync.WaitGroup
	for range 8 {
		writers.Add(1)
		go func() {
			defer writers.Done()
			_ = retry.OnError(retry.DefaultBackoff, apierrors.IsConflict, func() error {
				object, err := maps.Get(r.ctx, "counter", metav1.GetOptions{})
				if err != nil {
					return err
				}
				object.Data["n"] += "x"
				_, err = maps.Update(r.ctx, object, metav1.UpdateOptions{})
				return err
			})
		}()
	}
	writers.Wait()
	object := got(maps.Get(r.ctx, "counter", metav1.GetOptions{}))
	equal(len(object.Data["n"]) > 1, true)
	equal(strings.Trim(object.Data["n"], "x"), "")
})

var _ = judge("a pager walks a list in chunks and sees every object once", func(r *run) {
	secrets := r.client.CoreV1().Secrets(r.namespace)
	for _, name := range strings.Fields("a b c d e f g h i j k") {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "page-" + name}, StringData: map[string]string{"k": name}}
		got(secrets.Create(r.ctx, secret, metav1.CreateOptions{}))
	}
	pages := 0
	walker := pager.New(pager.SimplePageFunc(func(options metav1.ListOptions) (runtime.Object, error) {
		pages++
		return secrets.List(r.ctx, options)
	}))
	walker.PageSize = 3
	names := map[string]bool{}
	must(walker.EachListItem(r.ctx, metav1.ListOptions{}, func(object runtime.Object) error {
		secret := object.(*corev1.Secret)
		names[secret.Name] = true
		equal("page-"+string(secret.Data["k"]), secret.Name)
		return nil
	}))
	equal(len(names), 11)
	equal(pages, 4)
})

var _ = judge("quantities, times and durations survive protobuf", func(r *run) {
	quota := &corev1.ResourceQuota{
		ObjectMeta: metav1.ObjectMeta{Name: "exact"},
		Spec:       corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{"cpu": resource.MustParse("1500m"), "memory": resource.MustParse("7Ei")}},
	}
	made := got(r.client.CoreV1().ResourceQuotas(r.namespace).Create(r.ctx, quota, metav1.CreateOptions{}))
	equal(made.Spec.Hard.Cpu().MilliValue(), 1500)
	equal(made.Spec.Hard.Memory().String(), "7Ei")
	equal(made.CreationTimestamp.IsZero(), false)
	must(r.client.CoreV1().ResourceQuotas(r.namespace).Delete(r.ctx, "exact", metav1.DeleteOptions{}))
})

var _ = judge("an autoscaler of v2 is read as one of v1", func(r *run) {
	target := int32(70)
	scaler := &autoscalingv2.HorizontalPodAutoscaler{
		ObjectMeta: metav1.ObjectMeta{Name: "scaler"},
		Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{Kind: "Deployment", Name: "none", APIVersion: "apps/v1"},
			MaxReplicas:    4,
			Metrics: []autoscalingv2.MetricSpec{{Type: "Resource", Resource: &autoscalingv2.ResourceMetricSource{
				Name: "cpu", Target: autoscalingv2.MetricTarget{Type: "Utilization", AverageUtilization: &target},
			}}},
		},
	}
	got(r.client.AutoscalingV2().HorizontalPodAutoscalers(r.namespace).Create(r.ctx, scaler, metav1.CreateOptions{}))
	old := got(r.client.AutoscalingV1().HorizontalPodAutoscalers(r.namespace).Get(r.ctx, "scaler", metav1.GetOptions{}))
	equal(*old.Spec.TargetCPUUtilizationPercentage, target)
})

var _ = judge("scale, status, eviction and token are subresources of typed clients", func(r *run) {
	deployments := r.client.AppsV1().Deployments(r.namespace)
	got(deployments.Create(r.ctx, deployment("scaled", 1), metav1.CreateOptions{}))
	scale := &autoscalingv1.Scale{ObjectMeta: metav1.ObjectMeta{Name: "scaled"}, Spec: autoscalingv1.ScaleSpec{Replicas: 2}}
	got(deployments.UpdateScale(r.ctx, "scaled", scale, metav1.UpdateOptions{}))
	eventually("two pods are ready", func() bool {
		return got(deployments.Get(r.ctx, "scaled", metav1.GetOptions{})).Status.ReadyReplicas == 2
	})
	pods := got(r.client.CoreV1().Pods(r.namespace).List(r.ctx, metav1.ListOptions{LabelSelector: "app=scaled"}))
	eviction := &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: pods.Items[0].Name}}
	must(r.client.CoreV1().Pods(r.namespace).EvictV1(r.ctx, eviction))
	must(deployments.Delete(r.ctx, "scaled", metav1.DeleteOptions{}))
})

// warnings keeps what the server warns of.
type warnings struct {
	lock  sync.Mutex
	texts []string
}

func (w *warnings) HandleWarningHeader(_ int, _ string, text string) {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.texts = append(w.texts, text)
}

var _ = judge("the server's warnings reach the client", func(r *run) {
	config := rest.CopyConfig(r.config)
	heard := &warnings{}
	config.WarningHandler = heard
	core := kubernetes.NewForConfigOrDie(config).CoreV1()
	got(core.Endpoints(r.namespace).Create(r.ctx, &corev1.Endpoints{ObjectMeta: metav1.ObjectMeta{Name: "old"}}, metav1.CreateOptions{}))
	equal(strings.Join(heard.texts, ";"), "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")
})
