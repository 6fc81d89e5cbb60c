import { StatefulSet } from '@wherry/api'
import { type DeepReadonly, nameIsDNSLabel } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, containerColumns, nameColumn, selectorText } from '../columns.ts'
import { setClaimDefaults } from '../core/persistent-volume-claim.ts'
import { claimWarnings } from '../core/persistent-volume-warnings.ts'
import { setPodTemplateDefaults } from '../core/pod/defaults.ts'
import { dropDisabledFields } from '../core/pod/disabled-fields.ts'
import { templateWarnings } from '../core/pod/warnings.ts'
import { struct } from '../structs.ts'
import { validateStatefulSet, validateStatefulSetUpdate } from './stateful-set-validation.ts'
import { notDecremented, validateReplicaCounts } from './workload-validation.ts'

export const statefulSets = defineResource(StatefulSet, {
  shortNames: ['sts'],
  categories: ['all'],
  generation: true,
  setDefaults(set) {
    const spec = struct(set, 'spec')
    setPodTemplateDefaults(struct(spec, 'template'))
    for (const claim of spec.volumeClaimTemplates ?? []) {
      claim.apiVersion = 'v1'
      claim.kind = 'PersistentVolumeClaim'
      setClaimDefaults(claim)
    }
    spec.podManagementPolicy ||= 'OrderedReady'
    const strategy = struct(spec, 'updateStrategy')
    if (!strategy.type) {
      strategy.type = 'RollingUpdate'
      strategy.rollingUpdate ??= {}
    }
    if (strategy.type === 'RollingUpdate' && strategy.rollingUpdate) strategy.rollingUpdate.partition ??= 0
    const retention = struct(spec, 'persistentVolumeClaimRetentionPolicy')
    retention.whenDeleted ||= 'Retain'
    retention.whenScaled ||= 'Retain'
    spec.replicas ??= 1
    spec.revisionHistoryLimit ??= 10
  },
  // Pods are called after their set, and a pod's name is its host name.
  validateName: nameIsDNSLabel,
  prepareForCreate(set) {
    dropMaxUnavailable(set, undefined)
    dropDisabledFields(set.spec?.template?.spec, undefined)
  },
  prepareForUpdate(set, old) {
    dropMaxUnavailable(set, old.spec?.updateStrategy?.rollingUpdate?.maxUnavailable)
    dropDisabledFields(set.spec?.template?.spec, old.spec?.template?.spec)
  },
  warnings: statefulSetWarnings,
  validate: validateStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
  status: {
    initial: () => ({ replicas: 0, availableReplicas: 0 }),
    validateUpdate: ({ status }, old) => [
      ...validateReplicaCounts(
        {
          replicas: status?.replicas,
          readyReplicas: status?.readyReplicas,
          currentReplicas: status?.currentReplicas,
          updatedReplicas: status?.updatedReplicas,
          availableReplicas: status?.availableReplicas,
          observedGeneration: status?.observedGeneration,
          collisionCount: status?.collisionCount,
        },
        [
          ['readyReplicas', 'replicas', 'cannot be greater than status.replicas'],
          ['currentReplicas', 'replicas', 'cannot be greater than status.replicas'],
          ['updatedReplicas', 'replicas', 'cannot be greater than status.replicas'],
          ['availableReplicas', 'replicas', 'cannot be greater than status.replicas'],
          ['availableReplicas', 'readyReplicas', 'cannot be greater than status.readyReplicas'],
        ],
      ),
      ...notDecremented(status?.collisionCount, old.status?.collisionCount),
    ],
  },
  scale: {
    replicas: (set) => set.spec?.replicas,
    statusReplicas: (set) => set.status?.replicas ?? 0,
    selector: (set) => selectorText(set.spec?.selector),
    setReplicas: (set, replicas) => {
      struct(set, 'spec').replicas = replicas
    },
  },
  columns: [
    nameColumn(),
    {
      name: 'Ready',
      type: 'string',
      value: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    },
    ageColumn(),
    ...containerColumns<StatefulSet>((set) => set.spec?.template.spec?.containers),
  ],
})

/** 1.36 does not have this field yet (KEP-961 is off by default): it is dropped, unless it was there already. */
function dropMaxUnavailable(set: StatefulSet, before: number | string | undefined): void {
  const rollingUpdate = set.spec?.updateStrategy?.rollingUpdate
  if (rollingUpdate && before === undefined) delete rollingUpdate.maxUnavailable
}

function statefulSetWarnings(
  { spec }: DeepReadonly<StatefulSet>,
  old: DeepReadonly<StatefulSet> | undefined,
): string[] {
  return [
    ...templateWarnings(spec?.template, old?.spec?.template, 'spec.template'),
    ...(spec?.volumeClaimTemplates ?? []).flatMap((claim, i) =>
      claimWarnings(claim.spec, `spec.volumeClaimTemplates[${i}].spec`),
    ),
    ...((spec?.revisionHistoryLimit ?? 0) < 0
      ? ['spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended']
      : []),
  ]
}
