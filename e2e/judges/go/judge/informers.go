package main

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	apiwatch "k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/tools/watch"
	"k8s.io/client-go/util/workqueue"
)

// log is written by handlers and read by the case.
type log struct {
	lock  sync.Mutex
	lines []string
}

func (l *log) add(format string, args ...any) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

func (l *log) text() string {
	l.lock.Lock()
	defer l.lock.Unlock()
	return strings.Join(l.lines, " ")
}

func handlers(l *log) cache.ResourceEventHandlerFuncs {
	name := func(object any) string {
		accessor, _ := cache.DeletionHandlingMetaNamespaceKeyFunc(object)
		return accessor[strings.Index(accessor, "/")+1:]
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { l.add("+%s", name(object)) },
		UpdateFunc: func(_, object any) { l.add("~%s", name(object)) },
		DeleteFunc: func(object any) { l.add("-%s", name(object)) },
	}
}

var _ = judge("shared informers of both encodings see each change once, and their listers agree", func(r *run) {
	maps := r.client.CoreV1().ConfigMaps(r.namespace)
	got(maps.Create(r.ctx, configMap("informed-1", nil), metav1.CreateOptions{}))
	only := informers.WithTweakListOptions(func(o *metav1.ListOptions) { o.FieldSelector = "metadata.name!=kube-root-ca.crt" })
	stop, cancel := context.WithCancel(r.ctx)
	defer cancel()
	logs := []*log{{}, {}}
	var listers []interface {
		List(labels.Selector) ([]*corev1.ConfigMap, error)
	}
	for index, client := range []kubernetes.Interface{r.client, r.json} {
		factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(r.namespace), only)
		informer := factory.Core().V1().ConfigMaps()
		got(informer.Informer().AddEventHandler(handlers(logs[index])))
		listers = append(listers, informer.Lister())
		factory.Start(stop.Done())
		for _, synced := range factory.WaitForCacheSync(stop.Done()) {
			equal(synced, true)
		}
	}
	got(maps.Create(r.ctx, configMap("informed-2", nil), metav1.CreateOptions{}))
	got(maps.Patch(r.ctx, "informed-2", types.StrategicMergePatchType, []byte(`{"data":{"a":"b"}}`), metav1.PatchOptions{}))
	must(maps.Delete(r.ctx, "informed-1", metav1.DeleteOptions{}))
	for index := range logs {
		eventually("the deletion is seen", func() bool { return strings.HasSuffix(logs[index].text(), "-informed-1") })
		text := logs[index].text()
		equal(text[strings.Index(text, "+informed-2"):], "+informed-2 ~informed-2 -informed-1")
		var names []string
		for _, object := range got(listers[index].List(labels.Everything())) {
			names = append(names, object.Name)
		}
		sort.Strings(names)
		equal(strings.Contains(strings.Join(names, " "), "informed-1"), false)
		equal(strings.Contains(strings.Join(names, " "), "informed-2"), true)
	}
})

var _ = judge("dynamic and metadata informers follow a resource that they know by name only", func(r *run) {
	resource := schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	stop, cancel := context.WithCancel(r.ctx)
	defer cancel()
	whole, meta := &log{}, &log{}
	objects := dynamicinformer.NewFilteredDynamicSharedInformerFactory(dynamic.NewForConfigOrDie(r.config), 0, r.namespace, nil)
	got(objects.ForResource(resource).Informer().AddEventHandler(handlers(whole)))
	objects.Start(stop.Done())
	objects.WaitForCacheSync(stop.Done())
	client := metadata.NewForConfigOrDie(r.config)
	metas := metadatainformer.NewFilteredSharedInformerFactory(client, 0, r.namespace, nil)
	got(metas.ForResource(resource).Informer().AddEventHandler(handlers(meta)))
	metas.Start(stop.Done())
	metas.WaitForCacheSync(stop.Done())
	secrets := r.client.CoreV1().Secrets(r.namespace)
	got(secrets.Create(r.ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "known"}}, metav1.CreateOptions{}))
	must(secrets.Delete(r.ctx, "known", metav1.DeleteOptions{}))
	for _, l := range []*log{whole, meta} {
		eventually("it came and went", func() bool { return strings.HasSuffix(l.text(), "+known -known") })
	}
	account := schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}
	eventually("the default account is listed by its metadata", func() bool {
		list := got(client.Resource(account).Namespace(r.namespace).List(r.ctx, metav1.ListOptions{}))
		return len(list.Items) > 0 && list.Items[0].Name == "default" && list.Items[0].UID != ""
	})
})

var _ = judge("a watch that breaks is resumed where it was, and nothing is lost", func(r *run) {
	maps := r.client.CoreV1().ConfigMaps(r.namespace)
	version := got(maps.List(r.ctx, metav1.ListOptions{})).ResourceVersion
	short := int64(1)
	watcher := got(watch.NewRetryWatcherWithContext(r.ctx, version, &cache.ListWatch{
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (apiwatch.Interface, error) {
			options.TimeoutSeconds = &short // the server ends each watch after a second
			return maps.Watch(ctx, options)
		},
	}))
	defer watcher.Stop()
	go func() {
		for index := range 6 {
			_, _ = maps.Create(r.ctx, configMap(fmt.Sprintf("resumed-%d", index), nil), metav1.CreateOptions{})
			time.Sleep(400 * time.Millisecond)
		}
	}()
	for index := 0; index < 6; {
		event, open := <-watcher.ResultChan()
		if !open {
			failf("the watch ended after %d", index)
		}
		if object, is := event.Object.(*corev1.ConfigMap); is && strings.HasPrefix(object.Name, "resumed-") {
			equal(object.Name, fmt.Sprintf("resumed-%d", index))
			index++
		}
	}
})

var _ = judge("an initial list streams over a watch and ends with a bookmark", func(r *run) {
	yes := true
	for _, client := range []kubernetes.Interface{r.client, r.json} {
		events := got(client.CoreV1().Namespaces().Watch(r.ctx, metav1.ListOptions{
			SendInitialEvents: &yes, AllowWatchBookmarks: true, ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan,
		}))
		added := 0
		for event := range events.ResultChan() {
			if event.Type == apiwatch.Added {
				added++
				continue
			}
			equal(event.Type, apiwatch.Bookmark)
			equal(event.Object.(*corev1.Namespace).Annotations[metav1.InitialEventsAnnotationKey], "true")
			break
		}
		events.Stop()
		equal(added >= 5, true)
	}
})

var _ = judge("one of two candidates leads, and the other takes over when it stops", func(r *run) {
	candidate := func(name string, led *log) context.CancelFunc {
		ctx, cancel := context.WithCancel(r.ctx)
		lock := got(resourcelock.New(resourcelock.LeasesResourceLock, r.namespace, "lead", r.client.CoreV1(),
			r.client.CoordinationV1(), resourcelock.ResourceLockConfig{Identity: name}))
		go leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
			Lock: lock, ReleaseOnCancel: true,
			LeaseDuration: 3 * time.Second, RenewDeadline: 2 * time.Second, RetryPeriod: 300 * time.Millisecond,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(context.Context) { led.add("%s", name) },
				OnStoppedLeading: func() {},
			},
		})
		return cancel
	}
	led := &log{}
	stopFirst := candidate("first", led)
	eventually("the first leads", func() bool { return led.text() == "first" })
	defer candidate("second", led)()
	stopFirst()
	eventually("the second leads", func() bool { return led.text() == "first second" })
	lease := got(r.client.CoordinationV1().Leases(r.namespace).Get(r.ctx, "lead", metav1.GetOptions{}))
	equal(*lease.Spec.HolderIdentity, "second")
	equal(*lease.Spec.LeaseTransitions, 1)
})

// mirror is a controller: each ConfigMap with the label mirror=yes has a Secret of its name with the same data.
type mirror struct {
	client kubernetes.Interface
	maps   interface {
		Get(name string) (*corev1.ConfigMap, error)
	}
	queue     workqueue.TypedRateLimitingInterface[string]
	namespace string
}

func (m *mirror) reconcile(ctx context.Context, name string) error {
	source, err := m.maps.Get(name)
	if apierrors.IsNotFound(err) {
		return nil // the garbage collector takes the Secret along
	} else if err != nil {
		return err
	}
	owner := *metav1.NewControllerRef(source, corev1.SchemeGroupVersion.WithKind("ConfigMap"))
	want := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: name, OwnerReferences: []metav1.OwnerReference{owner}}, StringData: source.Data}
	secrets := m.client.CoreV1().Secrets(m.namespace)
	have, err := secrets.Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		_, err = secrets.Create(ctx, want, metav1.CreateOptions{})
		return err
	} else if err != nil {
		return err
	}
	have.Data, have.StringData = nil, source.Data
	_, err = secrets.Update(ctx, have, metav1.UpdateOptions{})
	return err
}

func (m *mirror) run(ctx context.Context) {
	for {
		key, shutdown := m.queue.Get()
		if shutdown {
			return
		}
		if err := m.reconcile(ctx, key); err != nil {
			m.queue.AddRateLimited(key)
		} else {
			m.queue.Forget(key)
		}
		m.queue.Done(key)
	}
}

var _ = judge("a controller of informer, lister and queue keeps Secrets like their ConfigMaps", func(r *run) {
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	factory := informers.NewSharedInformerFactoryWithOptions(r.client, 0, informers.WithNamespace(r.namespace),
		informers.WithTweakListOptions(func(o *metav1.ListOptions) { o.LabelSelector = "mirror=yes" }))
	informer := factory.Core().V1().ConfigMaps()
	queue := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[string]())
	controller := &mirror{client: r.client, maps: informer.Lister().ConfigMaps(r.namespace), queue: queue, namespace: r.namespace}
	enqueue := func(object any) { queue.Add(object.(*corev1.ConfigMap).Name) }
	got(informer.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: enqueue, UpdateFunc: func(_, object any) { enqueue(object) },
	}))
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	defer queue.ShutDown()
	for range 2 {
		go controller.run(ctx)
	}
	maps, secrets := r.client.CoreV1().ConfigMaps(r.namespace), r.client.CoreV1().Secrets(r.namespace)
	names := strings.Fields("m1 m2 m3 m4 m5")
	for _, name := range names {
		object := configMap(name, map[string]string{"v": "1"})
		object.Labels = map[string]string{"mirror": "yes"}
		got(maps.Create(ctx, object, metav1.CreateOptions{}))
		got(maps.Patch(ctx, name, types.MergePatchType, []byte(`{"data":{"v":"2","w":"3"}}`), metav1.PatchOptions{}))
	}
	for _, name := range names {
		eventually(name+" is mirrored", func() bool {
			secret, err := secrets.Get(ctx, name, metav1.GetOptions{})
			return err == nil && string(secret.Data["v"]) == "2" && string(secret.Data["w"]) == "3"
		})
		must(maps.Delete(ctx, name, metav1.DeleteOptions{}))
	}
	for _, name := range names {
		eventually(name+" is collected", func() bool {
			_, err := secrets.Get(ctx, name, metav1.GetOptions{})
			return apierrors.IsNotFound(err)
		})
	}
})

var _ = judge("a custom resource has discovery, informers and a scale as soon as its definition stands", func(r *run) {
	boats, remove := r.defineBoats()
	defer remove()
	stop, cancel := context.WithCancel(r.ctx)
	defer cancel()
	client := dynamic.NewForConfigOrDie(rest.CopyConfig(r.config))
	seen := &log{}
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(client, 0, r.namespace, nil)
	got(factory.ForResource(boats).Informer().AddEventHandler(handlers(seen)))
	factory.Start(stop.Done())
	factory.WaitForCacheSync(stop.Done())
	boat := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": boats.GroupVersion().String(), "kind": "Boat",
		"metadata": map[string]any{"name": "skiff"}, "spec": map[string]any{"oars": int64(2)},
	}}
	objects := client.Resource(boats).Namespace(r.namespace)
	made := got(objects.Create(r.ctx, boat, metav1.CreateOptions{}))
	name, _, _ := unstructured.NestedString(made.Object, "spec", "name")
	equal(name, "unnamed")
	got(objects.Patch(r.ctx, "skiff", types.MergePatchType, []byte(`{"spec":{"oars":4}}`), metav1.PatchOptions{}))
	applied := boat.DeepCopy()
	applied.SetName("applied")
	owned := got(objects.Apply(r.ctx, "applied", applied, metav1.ApplyOptions{FieldManager: "go-judge"}))
	equal(owned.GetManagedFields()[0].Manager, "go-judge")
	must(objects.Delete(r.ctx, "skiff", metav1.DeleteOptions{}))
	eventually("the boat came, changed and went", func() bool {
		return strings.Contains(seen.text(), "+skiff ~skiff") && strings.HasSuffix(seen.text(), "-skiff")
	})
	scaled := r.scaleOf(boats, "applied", 6)
	equal(scaled, 6)
})
