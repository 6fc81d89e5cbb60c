import { Pod } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { isPodTerminal, qosClass } from '@wherry/component-helpers'
import { defineResource } from '../../../registry/resource.ts'
import { struct } from '../../structs.ts'
import { bindingStrategy } from './binding.ts'
import { podColumns } from './columns.ts'
import { setPodDefaults, syncServiceAccount } from './defaults.ts'
import { dropDisabledFields } from './disabled-fields.ts'
import { ephemeralContainersStrategy } from './ephemeral-containers.ts'
import { applyLabelKeys } from './label-keys.ts'
import { resizeStrategy } from './resize.ts'
import { preparePodStatus } from './status.ts'
import { validatePod } from './validation/pod.ts'
import { validatePodStatusUpdate } from './validation/status.ts'
import { validatePodUpdate } from './validation/update.ts'
import { podWarnings } from './warnings.ts'

/** As pkg/registry/core/pod/strategy.go. */
export const pods = defineResource(Pod, {
  shortNames: ['po'],
  categories: ['all'],
  generation: true,
  setDefaults: setPodDefaults,
  prepareForCreate(pod) {
    const spec = struct(pod, 'spec')
    syncServiceAccount(spec)
    dropDisabledFields(spec, undefined)
    applyLabelKeys(pod)
  },
  prepareForUpdate(pod, old) {
    const spec = struct(pod, 'spec')
    syncServiceAccount(spec)
    dropDisabledFields(spec, old.spec)
  },
  validate: validatePod,
  validateUpdate: validatePodUpdate,
  warnings: podWarnings,
  status: {
    initial: initialStatus,
    prepareForUpdate: preparePodStatus,
    validateUpdate: validatePodStatusUpdate,
  },
  subresources: {
    binding: bindingStrategy,
    ephemeralcontainers: ephemeralContainersStrategy,
    resize: resizeStrategy,
  },
  gracePeriod,
  deleteReturnsObject: true,
  columns: podColumns,
  selectableFields: {
    'spec.nodeName': ({ spec }) => spec?.nodeName ?? '',
    'spec.restartPolicy': ({ spec }) => spec?.restartPolicy ?? '',
    'spec.schedulerName': ({ spec }) => spec?.schedulerName ?? '',
    'spec.serviceAccountName': ({ spec }) => spec?.serviceAccountName ?? '',
    'spec.hostNetwork': ({ spec }) => String(spec?.hostNetwork ?? false),
    'status.phase': ({ status }) => status?.phase ?? '',
    'status.podIP': ({ status }) => status?.podIPs?.[0]?.ip ?? status?.podIP ?? '',
    'status.nominatedNodeName': ({ status }) => status?.nominatedNodeName ?? '',
    // Upstream takes these two as well: one under its old name, the other without ever giving it a value.
    'spec.host': ({ spec }) => spec?.nodeName ?? '',
    'status.podIPs': () => '',
  },
})

function initialStatus(pod: DeepReadonly<Pod>): NonNullable<Pod['status']> {
  const status: NonNullable<Pod['status']> = { phase: 'Pending', qosClass: qosOf(pod) }
  if (pod.spec?.schedulingGates?.length) {
    status.conditions = [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    ]
  }
  return status
}

/** Quantities that do not parse are refused right after this, by validation. */
function qosOf(pod: DeepReadonly<Pod>): string {
  try {
    return qosClass(pod)
  } catch {
    return 'BestEffort'
  }
}

/** As `CheckGracefulDelete`: nobody needs time to stop what no node runs. */
function gracePeriod(pod: DeepReadonly<Pod>, requested: number | undefined): number {
  if (!pod.spec?.nodeName || isPodTerminal(pod)) return 0
  const seconds = requested ?? pod.spec.terminationGracePeriodSeconds ?? 0
  return seconds < 0 ? 1 : seconds
}
