import { StatefulSet } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, containerColumns, nameColumn, selectorText } from '../columns.ts'
import { setClaimDefaults } from '../core/persistent-volume-claim.ts'
import { setPodTemplateDefaults } from '../core/pod/defaults.ts'
import { struct } from '../structs.ts'
import { validateStatefulSet, validateStatefulSetUpdate } from './stateful-set-validation.ts'
import { validateReplicaCounts } from './workload-validation.ts'

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
  prepareForCreate: (set) => dropMaxUnavailable(set, undefined),
  prepareForUpdate: (set, old) => dropMaxUnavailable(set, old.spec?.updateStrategy?.rollingUpdate?.maxUnavailable),
  validate: validateStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
  status: {
    initial: () => ({ replicas: 0, availableReplicas: 0 }),
    validateUpdate: ({ status }) =>
      validateReplicaCounts(
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
