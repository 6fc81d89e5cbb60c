import { type Container, Pod, type PodSpec, ServiceAccount, type Volume } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { type Clock, type Random, sleep } from '@wherry/component-base'
import type { Behaviours } from '../registry/behaviours.ts'
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts'
import { objectOf, refusal } from './targets.ts'

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount'
const volumePrefix = 'kube-api-access-'
const mirrorAnnotation = 'kubernetes.io/config.mirror'
const suffixLetters = 'bcdfghjklmnpqrstvwxz2456789'

/** How long a pod in a new namespace waits for the account that a controller is about to make. */
const patience = { tries: 50, everyMs: 25 }

/**
 * Gives every pod a service account, and its containers a token of it, the cluster's CA and their namespace (upstream
 * `plugin/pkg/admission/serviceaccount`).
 */
export function newServiceAccountPlugin({ clock, random }: { clock: Clock; random: Random }): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    async admit(attributes, behaviours) {
      const spec = attributes.operation === 'CREATE' ? objectOf(attributes, Pod)?.spec : undefined
      if (!spec || isMirror(attributes)) return
      spec.serviceAccountName = spec.serviceAccountName || spec.serviceAccount || 'default'
      spec.serviceAccount = spec.serviceAccountName
      const account = await find(attributes, spec.serviceAccountName, behaviours, clock)
      if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(spec, random)
      if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
        spec.imagePullSecrets = account.imagePullSecrets.map((secret) => ({ ...secret }))
      }
    },
    async validate(attributes, behaviours) {
      const spec = attributes.operation === 'CREATE' ? objectOf(attributes, Pod)?.spec : undefined
      if (!spec) return
      if (isMirror(attributes)) return validateMirror(attributes, spec)
      const account = await find(attributes, spec.serviceAccountName ?? '', behaviours, clock)
      if (account.metadata.annotations?.['kubernetes.io/enforce-mountable-secrets'] === 'true') {
        limitSecrets(attributes, spec, account)
      }
    },
  }
}

function isMirror({ object }: AdmissionAttributes): boolean {
  return object?.metadata.annotations?.[mirrorAnnotation] !== undefined
}

function validateMirror(attributes: AdmissionAttributes, spec: PodSpec): void {
  if (spec.serviceAccountName) throw refusal(attributes, 'a mirror pod may not reference service accounts')
  if (spec.volumes?.some((volume) => volume.secret)) {
    throw refusal(attributes, 'a mirror pod may not reference secrets')
  }
  if (spec.volumes?.some((volume) => volume.projected?.sources?.some((source) => source.serviceAccountToken))) {
    throw refusal(attributes, 'a mirror pod may not use ServiceAccountToken volume projections')
  }
}

async function find(
  attributes: AdmissionAttributes,
  name: string,
  behaviours: Behaviours,
  clock: Clock,
): Promise<DeepReadonly<ServiceAccount>> {
  const { namespace } = attributes
  const store = behaviours.store(ServiceAccount)
  // Only the default account makes itself.
  const tries = name === 'default' ? patience.tries : 1
  for (let i = 0; i < tries; i++) {
    if (i > 0) await sleep(clock, patience.everyMs)
    const account = store.get({ namespace, name })
    if (account) return account
  }
  throw refusal(
    attributes,
    `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`,
  )
}

function mountToken(spec: PodSpec, random: Random): void {
  const existing = spec.volumes?.find((volume) => volume.name.startsWith(volumePrefix))
  const name = existing?.name ?? `${volumePrefix}${suffix(random)}`
  const containers: Container[] = [...(spec.initContainers ?? []), ...spec.containers]
  const without = containers.filter((one) => !one.volumeMounts?.some((mount) => mount.mountPath === mountPath))
  for (const container of without) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath }]
  }
  if (!existing && without.length > 0) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)]
}

function suffix(random: Random): string {
  return Array.from({ length: 5 }, () => suffixLetters[Math.floor(random() * suffixLetters.length)]).join('')
}

function tokenVolume(name: string): Volume {
  const fieldRef = { apiVersion: 'v1', fieldPath: 'metadata.namespace' }
  return {
    name,
    projected: {
      sources: [
        // An hour, and seven seconds by which upstream knows a token that nobody chose the time of.
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef }] } },
      ],
      defaultMode: 0o644,
    },
  }
}

/** An account with the annotation lets its pods use only the secrets that it lists. */
function limitSecrets(attributes: AdmissionAttributes, spec: PodSpec, account: DeepReadonly<ServiceAccount>): void {
  const mountable = new Set(account.secrets?.map((secret) => secret.name))
  const who = `because service account ${account.metadata.name} does not reference that secret`
  for (const { secret } of spec.volumes ?? []) {
    if (secret && !mountable.has(secret.secretName)) {
      throw refusal(attributes, `volume with secret.secretName="${secret.secretName}" is not allowed ${who}`)
    }
  }
  for (const [what, containers] of [
    ['init container', spec.initContainers ?? []],
    ['container', spec.containers],
  ] as const) {
    for (const container of containers) {
      for (const { name, valueFrom } of container.env ?? []) {
        const secret = valueFrom?.secretKeyRef?.name
        if (secret === undefined || mountable.has(secret)) continue
        const use = `${what} ${container.name} with envVar ${name} referencing secret.secretName="${secret}"`
        throw refusal(attributes, `${use} is not allowed ${who}`)
      }
    }
  }
  const pull = new Set(account.imagePullSecrets?.map((secret) => secret.name))
  for (const [i, secret] of (spec.imagePullSecrets ?? []).entries()) {
    if (pull.has(secret.name)) continue
    const reason = `because service account ${account.metadata.name} does not reference that imagePullSecret`
    throw refusal(attributes, `imagePullSecrets[${i}].name="${secret.name}" is not allowed ${reason}`)
  }
}
