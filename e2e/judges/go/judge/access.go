package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"strings"

	authenticationv1 "k8s.io/api/authentication/v1"
	certificatesv1 "k8s.io/api/certificates/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/tools/record"
)

func whoAmI(r *run, config *rest.Config) string {
	review := &authenticationv1.SelfSubjectReview{}
	client := kubernetes.NewForConfigOrDie(config)
	return got(client.AuthenticationV1().SelfSubjectReviews().Create(r.ctx, review, metav1.CreateOptions{})).Status.UserInfo.Username
}

var _ = judge("a service account's token logs in, and may do what a role allows", func(r *run) {
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "robot"}}
	got(r.client.CoreV1().ServiceAccounts(r.namespace).Create(r.ctx, account, metav1.CreateOptions{}))
	token := got(r.client.CoreV1().ServiceAccounts(r.namespace).CreateToken(r.ctx, "robot", &authenticationv1.TokenRequest{}, metav1.CreateOptions{}))
	config := rest.AnonymousClientConfig(r.config)
	config.BearerToken = token.Status.Token
	equal(whoAmI(r, config), "system:serviceaccount:"+r.namespace+":robot")
	robot := kubernetes.NewForConfigOrDie(config).CoreV1().ConfigMaps(r.namespace)
	_, err := robot.List(r.ctx, metav1.ListOptions{})
	equal(apierrors.IsForbidden(err), true)
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "reader"}, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"list"}},
	}}
	got(r.client.RbacV1().Roles(r.namespace).Create(r.ctx, role, metav1.CreateOptions{}))
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "reader"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "reader"},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Name: "robot", Namespace: r.namespace}},
	}
	got(r.client.RbacV1().RoleBindings(r.namespace).Create(r.ctx, binding, metav1.CreateOptions{}))
	eventually("the role takes effect", func() bool {
		_, err := robot.List(r.ctx, metav1.ListOptions{})
		return err == nil
	})
})

var _ = judge("impersonation acts as another", func(r *run) {
	config := rest.CopyConfig(r.config)
	config.Impersonate = rest.ImpersonationConfig{UserName: "jane", Groups: []string{"developers"}}
	equal(whoAmI(r, config), "jane")
	_, err := kubernetes.NewForConfigOrDie(config).CoreV1().Nodes().List(r.ctx, metav1.ListOptions{})
	equal(err.Error(), `nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope`)
})

var _ = judge("a certificate that was requested, approved and signed logs in", func(r *run) {
	key := got(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.CertificateRequest{Subject: pkix.Name{CommonName: "judge", Organization: []string{"judges"}}}
	request := got(x509.CreateCertificateRequest(rand.Reader, template, key))
	name := r.namespace + "-judge"
	requests := r.client.CertificatesV1().CertificateSigningRequests()
	signing := got(requests.Create(r.ctx, &certificatesv1.CertificateSigningRequest{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: certificatesv1.CertificateSigningRequestSpec{
			Request:    pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: request}),
			SignerName: certificatesv1.KubeAPIServerClientSignerName,
			Usages:     []certificatesv1.KeyUsage{certificatesv1.UsageClientAuth, certificatesv1.UsageDigitalSignature},
		},
	}, metav1.CreateOptions{}))
	signing.Status.Conditions = []certificatesv1.CertificateSigningRequestCondition{
		{Type: certificatesv1.CertificateApproved, Status: corev1.ConditionTrue, Reason: "Judged"},
	}
	got(requests.UpdateApproval(r.ctx, name, signing, metav1.UpdateOptions{}))
	eventually("the certificate is signed", func() bool {
		signing = got(requests.Get(r.ctx, name, metav1.GetOptions{}))
		return len(signing.Status.Certificate) > 0
	})
	config := rest.AnonymousClientConfig(r.config)
	config.CertData = signing.Status.Certificate
	config.KeyData = pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: got(x509.MarshalECPrivateKey(key))})
	equal(whoAmI(r, config), "judge")
	must(requests.Delete(r.ctx, name, metav1.DeleteOptions{}))
})

var _ = judge("recorders of both groups count what happens again", func(r *run) {
	about := got(r.client.CoreV1().ConfigMaps(r.namespace).Create(r.ctx, configMap("subject", nil), metav1.CreateOptions{}))
	about.APIVersion, about.Kind = "v1", "ConfigMap"
	old := record.NewBroadcaster()
	defer old.Shutdown()
	old.StartRecordingToSink(&recorderSink{r})
	recorder := old.NewRecorder(schemeOfClient, corev1.EventSource{Component: "judge"})
	series := events.NewBroadcaster(&events.EventSinkImpl{Interface: r.client.EventsV1()})
	defer series.Shutdown()
	must(series.StartRecordingToSinkWithContext(r.ctx))
	modern := series.NewRecorder(schemeOfClient, "example.com/judge")
	for range 3 {
		recorder.Event(about, corev1.EventTypeNormal, "Counted", "again")
		modern.Eventf(about, nil, corev1.EventTypeNormal, "Series", "Judging", "again")
	}
	eventually("the events are there", func() bool {
		list := got(r.client.CoreV1().Events(r.namespace).List(r.ctx, metav1.ListOptions{FieldSelector: "involvedObject.name=subject"}))
		counted, reasons := false, ""
		for _, event := range list.Items {
			reasons += event.Reason
			counted = counted || event.Reason == "Counted" && event.Count == 3
		}
		return counted && strings.Contains(reasons, "Series")
	})
})
