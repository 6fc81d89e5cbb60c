import { ServiceCIDR } from '@wherry/api'
import { deepEqual, formatTime } from '@wherry/apimachinery'
import { type Clock, type Logger, sleep } from '@wherry/component-base'
import { serverUser } from '../authn/user-info.ts'
import type { Behaviours } from '../registry/behaviours.ts'
import { repairAddresses } from '../resources/core/service/repair.ts'
import { defaultServiceCIDR } from '../resources/core/service/service-ranges.ts'

const options = { user: serverUser }
const key = { name: defaultServiceCIDR }

/**
 * The range of the server's flag is a ServiceCIDR, too. One that is there stays as it is, even if the flag says another
 * range by now; a missing condition is set. As pkg/controlplane/controller/defaultservicecidr.
 */
export async function ensureServiceCIDR(behaviours: Behaviours): Promise<void> {
  const store = behaviours.store(ServiceCIDR)
  const cidrs = [behaviours.options.serviceClusterIPRange]
  if (!store.get(key)) {
    const apiVersion = 'networking.k8s.io/v1'
    await store.create({ apiVersion, kind: 'ServiceCIDR', metadata: { ...key }, spec: { cidrs } }, options)
  }
  const range = store.get(key)
  const decided = range?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status !== 'Unknown')
  if (!range || range.metadata.deletionTimestamp || decided || !deepEqual(range.spec?.cidrs, cidrs)) return
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: '',
    message: 'Kubernetes default Service CIDR is ready',
    lastTransitionTime: formatTime(behaviours.now()),
  }
  const change = (cidr: ServiceCIDR) => {
    cidr.status = { conditions: [...(cidr.status?.conditions ?? []).filter(({ type }) => type !== 'Ready'), ready] }
  }
  await store.update(key, change, { ...options, subresource: 'status' })
}

/** How long the default ServiceCIDR may be missing. */
const interval = 10_000

/** What a server that died left behind is old enough to go by then. */
const secondRepair = 70_000

export interface ServiceAddressesDeps {
  readonly behaviours: Behaviours
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Sees to it that the default ServiceCIDR comes back when somebody deletes it, and makes Services and IPAddresses agree
 * when the server starts. Resolves when the signal is aborted; what goes wrong is tried again.
 */
export async function keepServiceAddresses(deps: ServiceAddressesDeps, signal: AbortSignal): Promise<void> {
  const { behaviours, clock, logger } = deps
  const started = clock.now()
  let repairs = 0
  while (!signal.aborted) {
    try {
      await ensureServiceCIDR(behaviours)
      if (repairs === 0 || (repairs === 1 && clock.now() - started >= secondRepair)) {
        await repairAddresses(behaviours)
        repairs += 1
      }
    } catch (error) {
      if (!signal.aborted) logger.error('cannot keep the addresses of Services', { error })
    }
    await sleep(clock, interval, signal).catch(() => undefined)
  }
}
