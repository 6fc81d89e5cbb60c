import { describe, expect, it } from 'vitest'
import { containerColumns, formatLabelSelector, formatLabels, selectorText, since } from './columns.ts'
import { definitions } from './index.ts'

const binding = 'Name|Role|Age|Users*|Groups*|ServiceAccounts*'
const wide = 'Containers*|Images*|Selector*'

/** The columns of kubectl 1.36, as its server prints them; those with a star show with `-o wide` only. */
const headers: Readonly<Record<string, string>> = {
  '/componentstatuses': 'Name|Status|Message|Error',
  '/configmaps': 'Name|Data|Age',
  '/endpoints': 'Name|Endpoints|Age',
  '/events': 'Last Seen|Type|Reason|Object|Subobject*|Source*|Message|First Seen*|Count*|Name*',
  '/namespaces': 'Name|Status|Age',
  '/nodes': 'Name|Status|Roles|Age|Version|Internal-IP*|External-IP*|OS-Image*|Kernel-Version*|Container-Runtime*',
  '/persistentvolumeclaims':
    'Name|Status|Volume|Capacity|Access Modes|StorageClass|VolumeAttributesClass|Age|VolumeMode*',
  '/persistentvolumes':
    'Name|Capacity|Access Modes|Reclaim Policy|Status|Claim|StorageClass|VolumeAttributesClass|Reason|Age|VolumeMode*',
  '/pods': 'Name|Ready|Status|Restarts|Age|IP*|Node*|Nominated Node*|Readiness Gates*',
  '/podtemplates': 'Name|Containers|Images|Pod Labels',
  '/replicationcontrollers': `Name|Desired|Current|Ready|Age|${wide}`,
  '/resourcequotas': 'Name|Request|Limit|Age',
  '/secrets': 'Name|Type|Data|Age',
  '/serviceaccounts': 'Name|Secrets|Age',
  '/services': 'Name|Type|Cluster-IP|External-IP|Port(s)|Age|Selector*',
  'admissionregistration.k8s.io/mutatingadmissionpolicies': 'Name|Mutations|ParamKind|Age',
  'admissionregistration.k8s.io/mutatingadmissionpolicybindings': 'Name|PolicyName|ParamRef|Age',
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': 'Name|Webhooks|Age',
  'admissionregistration.k8s.io/validatingadmissionpolicies': 'Name|Validations|ParamKind|Age',
  'admissionregistration.k8s.io/validatingadmissionpolicybindings': 'Name|PolicyName|ParamRef|Age',
  'admissionregistration.k8s.io/validatingwebhookconfigurations': 'Name|Webhooks|Age',
  'apiregistration.k8s.io/apiservices': 'Name|Service|Available|Age',
  'apps/controllerrevisions': 'Name|Controller|Revision|Age',
  'apps/daemonsets': `Name|Desired|Current|Ready|Up-to-date|Available|Node Selector|Age|${wide}`,
  'apps/deployments': `Name|Ready|Up-to-date|Available|Age|${wide}`,
  'apps/replicasets': `Name|Desired|Current|Ready|Age|${wide}`,
  'apps/statefulsets': 'Name|Ready|Age|Containers*|Images*',
  'autoscaling/horizontalpodautoscalers': 'Name|Reference|Targets|MinPods|MaxPods|Replicas|Age',
  'batch/cronjobs': `Name|Schedule|Timezone|Suspend|Active|Last Schedule|Age|${wide}`,
  'batch/jobs': `Name|Status|Completions|Duration|Age|${wide}`,
  'certificates.k8s.io/certificatesigningrequests': 'Name|Age|SignerName|Requestor|RequestedDuration|Condition',
  'coordination.k8s.io/leases': 'Name|Holder|Age',
  'discovery.k8s.io/endpointslices': 'Name|AddressType|Ports|Endpoints|Age',
  'events.k8s.io/events': 'Last Seen|Type|Reason|Object|Subobject*|Source*|Message|First Seen*|Count*|Name*',
  'flowcontrol.apiserver.k8s.io/flowschemas': 'Name|PriorityLevel|MatchingPrecedence|DistinguisherMethod|Age|MissingPL',
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations':
    'Name|Type|NominalConcurrencyShares|Queues|HandSize|QueueLengthLimit|Age',
  'networking.k8s.io/ingressclasses': 'Name|Controller|Parameters|Age',
  'networking.k8s.io/ingresses': 'Name|Class|Hosts|Address|Ports|Age',
  'networking.k8s.io/ipaddresses': 'Name|ParentRef',
  'networking.k8s.io/networkpolicies': 'Name|Pod-Selector|Age',
  'networking.k8s.io/servicecidrs': 'Name|CIDRs|Age',
  'node.k8s.io/runtimeclasses': 'Name|Handler|Age',
  'policy/poddisruptionbudgets': 'Name|Min Available|Max Unavailable|Allowed Disruptions|Age',
  'rbac.authorization.k8s.io/clusterrolebindings': binding,
  'rbac.authorization.k8s.io/rolebindings': binding,
  'resource.k8s.io/deviceclasses': 'Name|Age',
  'resource.k8s.io/resourceclaims': 'Name|State|Age',
  'resource.k8s.io/resourceclaimtemplates': 'Name|Age',
  'resource.k8s.io/resourceslices': 'Name|Node|Driver|Pool|Age',
  'scheduling.k8s.io/priorityclasses': 'Name|Value|Global-Default|Age|PreemptionPolicy',
  'storage.k8s.io/csidrivers':
    'Name|AttachRequired|PodInfoOnMount|StorageCapacity|TokenRequests|RequiresRepublish|Modes|Age',
  'storage.k8s.io/csinodes': 'Name|Drivers|Age',
  'storage.k8s.io/csistoragecapacities': 'Name|StorageClassName|Capacity',
  'storage.k8s.io/storageclasses': 'Name|Provisioner|ReclaimPolicy|VolumeBindingMode|AllowVolumeExpansion|Age',
  'storage.k8s.io/volumeattachments': 'Name|Attacher|PV|Node|Attached|Age',
  'storage.k8s.io/volumeattributesclasses': 'Name|DriverName|Age',
}

describe('tables', () => {
  it('have kubectl’s columns; kinds without a printer upstream have none of their own', () => {
    const declared = definitions.flatMap(({ kind, columns }) =>
      columns
        ? [[`${kind.group}/${kind.resource}`, columns.map((c) => `${c.name}${c.priority ? '*' : ''}`).join('|')]]
        : [],
    )
    expect(Object.fromEntries(declared)).toEqual(headers)
  })
})

describe('what columns have in common', () => {
  it('joins names and images', () => {
    const columns = containerColumns<{ names: string[] }>(({ names }) =>
      names.map((name) => ({ name, image: `${name}:1` })),
    )
    expect(columns.map((column) => column.value({ names: ['a', 'b'] }, 0))).toEqual(['a,b', 'a:1,b:1'])
  })

  it('sorts labels', () => {
    expect(formatLabels({ b: '2', a: '1' })).toBe('a=1,b=2')
    expect(formatLabels({})).toBe('<none>')
  })

  it('writes selectors as text', () => {
    const matchExpressions = [
      { key: 'tier', operator: 'In', values: ['web', 'db'] },
      { key: 'env', operator: 'NotIn', values: ['test'] },
      { key: 'a', operator: 'Exists' },
      { key: 'z', operator: 'DoesNotExist' },
    ]
    expect(selectorText({ matchLabels: { app: 'x' }, matchExpressions })).toBe(
      'a,app=x,env notin (test),tier in (db,web),!z',
    )
    expect(formatLabelSelector({})).toBe('<none>')
    expect(formatLabelSelector(undefined)).toBe('<none>')
  })

  it('says when something was', () => {
    expect(since('2026-01-01T00:00:00Z', Date.parse('2026-01-01T00:05:00Z'))).toBe('5m')
    expect(since(undefined, 0)).toBe('<unknown>')
  })
})
