import type { PersistentVolume, PersistentVolumeSpec } from '@wherry/api'
import { formatFieldError } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { validatePersistentVolume, validatePersistentVolumeUpdate } from './persistent-volume-validation.ts'

const aVolume = (spec: Partial<PersistentVolumeSpec>): PersistentVolume => ({
  metadata: { name: 'v' },
  spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], ...spec },
})
const hostPath = { hostPath: { path: '/data', type: '' } }
const errorsOf = (spec: Partial<PersistentVolumeSpec>) => validatePersistentVolume(aVolume(spec)).map(formatFieldError)
const affinity = {
  nodeAffinity: {
    required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'In', values: ['b'] }] }] },
  },
}

describe('a PersistentVolume', () => {
  it.each<{ name: string; spec: Partial<PersistentVolumeSpec>; want: string[] }>([
    { name: 'a directory', spec: hostPath, want: [] },
    { name: 'a local disk', spec: { local: { path: '/mnt' }, ...affinity }, want: [] },
    { name: 'no source', spec: {}, want: ['spec: Required value: must specify a volume type'] },
    {
      name: 'two sources',
      spec: { ...hostPath, nfs: { server: 's', path: '/' } },
      want: ['spec.nfs: Forbidden: may not specify more than 1 volume type'],
    },
    {
      name: 'no size',
      spec: { ...hostPath, capacity: {} },
      want: ['spec.capacity: Required value', 'spec.capacity: Unsupported value: null: supported values: "storage"'],
    },
    {
      name: 'no way in',
      spec: { ...hostPath, accessModes: [] },
      want: ['spec.accessModes: Required value'],
    },
    {
      name: 'one pod, and others',
      spec: { ...hostPath, accessModes: ['ReadWriteOncePod', 'ReadWriteMany'] },
      want: ['spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes'],
    },
    {
      name: 'an unknown mode and policy',
      spec: { ...hostPath, accessModes: ['Often'], volumeMode: 'Stream', persistentVolumeReclaimPolicy: 'Shred' },
      want: [
        'spec.accessModes: Unsupported value: "Often": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
        'spec.persistentVolumeReclaimPolicy: Unsupported value: "Shred": supported values: "Delete", "Recycle", "Retain"',
        'spec.volumeMode: Unsupported value: "Stream": supported values: "Block", "Filesystem"',
      ],
    },
    {
      name: 'a root that would be wiped',
      spec: { hostPath: { path: '/' }, persistentVolumeReclaimPolicy: 'Recycle' },
      want: ["spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"],
    },
    {
      name: 'a way back',
      spec: { hostPath: { path: '/a/../b' } },
      want: [`spec.hostPath.path: Invalid value: "/a/../b": must not contain '..'`],
    },
    {
      name: 'a local disk of any node',
      spec: { local: { path: '/mnt' } },
      want: ['spec.nodeAffinity: Required value: Local volume requires node affinity'],
    },
    {
      name: 'an affinity for nothing',
      spec: { ...hostPath, nodeAffinity: {} },
      want: ['spec.nodeAffinity.required: Required value: must specify required node constraints'],
    },
    {
      name: 'attributes of what has none',
      spec: { ...hostPath, volumeAttributesClassName: 'fast' },
      want: ['spec.csi: Required value: has to be specified when using volumeAttributesClassName'],
    },
    {
      name: 'a driver without a name',
      spec: { csi: { driver: '', volumeHandle: '', nodeStageSecretRef: { name: 'a' } } },
      want: [
        'spec.csi.driver: Required value',
        "spec.csi.driver: Invalid value: \"\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        'spec.csi.volumeHandle: Required value',
      ],
    },
    {
      name: 'an initiator that is none',
      spec: { iscsi: { targetPortal: '127.0.0.1', iqn: 'abc', lun: 256, chapAuthSession: true } },
      want: [
        'spec.iscsi.iqn: Invalid value: "abc": must be valid format',
        'spec.iscsi.lun: Invalid value: 256: must be between 0 and 255, inclusive',
        'spec.iscsi.secretRef: Required value',
      ],
    },
    {
      name: 'a channel by two names',
      spec: { fc: { targetWWNs: ['w'], wwids: ['i'], lun: 1 } },
      want: ['spec.fc.targetWWNs: Invalid value: ["w"]: targetWWNs and wwids can not be specified simultaneously'],
    },
    {
      name: 'a registry without a port',
      spec: { quobyte: { registry: 'host', volume: '' } },
      want: [
        'spec.quobyte.registry: Invalid value: "host": must be a host:port pair or multiple pairs separated by commas',
        'spec.quobyte.volume: Required value',
      ],
    },
    {
      name: 'a relative share',
      spec: { nfs: { server: '', path: 'a' } },
      want: ['spec.nfs.server: Required value', 'spec.nfs.path: Invalid value: "a": must be an absolute path'],
    },
    {
      name: 'a disk that is not where its kind is',
      spec: { azureDisk: { diskName: 'd', diskURI: 'https://a', kind: 'Managed', cachingMode: 'Full' } },
      want: [
        'spec.azureDisk.cachingMode: Unsupported value: "Full": supported values: "None", "ReadOnly", "ReadWrite"',
        'spec.azureDisk.diskURI: Unsupported value: "https://a": supported values: "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"',
      ],
    },
    {
      name: 'options that are reserved',
      spec: { flexVolume: { driver: '', options: { 'a.kubernetes.io/b': '' } } },
      want: [
        'spec.flexVolume.driver: Required value',
        'spec.flexVolume.options[a.kubernetes.io/b]: Invalid value: "a.kubernetes.io/b": kubernetes.io and k8s.io namespaces are reserved',
      ],
    },
  ])('of $name', ({ spec, want }) => {
    expect(errorsOf(spec)).toEqual(want)
  })

  const csi = { driver: 'd.example.com', volumeHandle: 'h' }
  it.each<{ name: string; old: Partial<PersistentVolumeSpec>; now: Partial<PersistentVolumeSpec>; want: string[] }>([
    { name: 'its size', old: hostPath, now: { ...hostPath, capacity: { storage: '2Gi' } }, want: [] },
    {
      name: 'the first secret to expand it with',
      old: { csi },
      now: { csi: { ...csi, controllerExpandSecretRef: { name: 'a', namespace: 'b' } } },
      want: [],
    },
    { name: 'its source', old: hostPath, now: { hostPath: { path: '/b' } }, want: ['spec.persistentvolumesource'] },
    { name: 'its mode', old: { ...hostPath, volumeMode: 'Block' }, now: hostPath, want: ['volumeMode'] },
    { name: 'its nodes', old: { ...hostPath, ...affinity }, now: hostPath, want: ['nodeAffinity'] },
    {
      name: 'its class to none',
      old: { csi, volumeAttributesClassName: 'a' },
      now: { csi },
      want: ['spec.volumeAttributesClassName'],
    },
  ])('may change or not: $name', ({ old, now, want }) => {
    expect(validatePersistentVolumeUpdate(aVolume(now), aVolume(old)).map(({ field }) => field)).toEqual(want)
  })
})
