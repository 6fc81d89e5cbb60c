import { UserError } from '@wherry/component-base'
import { newAdmissionPlugins } from '../admission/plugins.ts'
import { newRegistry } from '../registry/registry.ts'

/** All that kube-apiserver 1.36 knows (upstream `pkg/kubeapiserver/options/plugins.go`). */
const upstreamPlugins = new Set(
  `NamespaceAutoProvision NamespaceLifecycle NamespaceExists LimitPodHardAntiAffinityTopology LimitRanger ServiceAccount
  NodeRestriction TaintNodesByCondition AlwaysPullImages ImagePolicyWebhook PodSecurity PodNodeSelector Priority
  DefaultTolerationSeconds PodTolerationRestriction EventRateLimit ExtendedResourceToleration DefaultStorageClass
  StorageObjectInUseProtection OwnerReferencesPermissionEnforcement PersistentVolumeClaimResize RuntimeClass
  CertificateApproval CertificateSigning ClusterTrustBundleAttest CertificateSubjectRestriction DefaultIngressClass
  PodTopologyLabels DenyServiceExternalIPs MutatingAdmissionPolicy MutatingAdmissionWebhook ValidatingAdmissionPolicy
  ValidatingAdmissionWebhook ResourceQuota AlwaysDeny AlwaysAdmit`.split(/\s+/),
)

/**
 * The plugins to leave out. Throws `UserError` for a name that upstream does not know, for one that is on and off, and
 * for one that is to be on and is not here.
 */
export function disabledPlugins(enable: readonly string[] = [], disable: readonly string[] = []): readonly string[] {
  const here = new Set(
    newAdmissionPlugins({
      authorizer: { authorize: () => ({ allowed: false, reason: '' }) },
      webhooks: { registry: newRegistry([]), client: { post: async () => undefined } },
    }).map((one) => one.name),
  )
  const check = (flag: string, names: readonly string[]) => {
    for (const name of names) {
      if (!here.has(name) && !upstreamPlugins.has(name)) throw new UserError(`${flag} plugin "${name}" is unknown`)
    }
  }
  check('enable-admission-plugins', enable)
  check('disable-admission-plugins', disable)
  const both = enable.filter((name) => disable.includes(name))
  if (both.length > 0) {
    throw new UserError(`${both.join(', ')} in enable-admission-plugins and disable-admission-plugins overlapped`)
  }
  const missing = enable.filter((name) => !here.has(name))
  if (missing.length === 0) return disable
  throw new UserError(
    `enable-admission-plugins plugin "${missing[0]}" is not there: this server has ${[...here].join(', ')}`,
  )
}
