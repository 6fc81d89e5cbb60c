import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { UserError } from '@wherry/component-base'
import type { LeaderElectionDeps } from './leader-election.ts'

/** The `--leader-elect*` flags of a component whose lease has this name (upstream `component-base/config/options`). */
export function leaderElectionFlags<const N extends string>(name: N) {
  return {
    'leader-elect': { type: 'boolean', describe: 'run only while holding the leader lease', default: true },
    'leader-elect-lease-duration': {
      type: 'duration',
      describe: 'how long others wait for a leader that has fallen silent',
      default: '15s',
    },
    'leader-elect-renew-deadline': {
      type: 'duration',
      describe: 'how long a leader tries to renew before it ends',
      default: '10s',
    },
    'leader-elect-retry-period': { type: 'duration', describe: 'how long to wait between tries', default: '2s' },
    'leader-elect-resource-lock': {
      type: 'string',
      describe: 'kind of object that is held',
      choices: ['leases'],
      default: 'leases',
    },
    'leader-elect-resource-name': { type: 'string', describe: 'name of the leader lease', default: name },
    'leader-elect-resource-namespace': {
      type: 'string',
      describe: 'namespace of the leader lease',
      default: 'kube-system',
    },
  } as const
}

export interface LeaderElectionFlags {
  readonly 'leader-elect-lease-duration': number
  readonly 'leader-elect-renew-deadline': number
  readonly 'leader-elect-retry-period': number
  readonly 'leader-elect-resource-name': string
  readonly 'leader-elect-resource-namespace': string
}

/** As client-go: a leader that renews late must have tried more than once. */
const jitterFactor = 1.2

/**
 * What the flags say about an election, with an identity that no other process has, of upstream's form `host_uuid`.
 * Throws `UserError` in client-go's words for times that do not fit together.
 */
export function leaderElectionOf(
  flags: LeaderElectionFlags,
): Pick<
  LeaderElectionDeps,
  'name' | 'namespace' | 'identity' | 'leaseDurationMs' | 'renewDeadlineMs' | 'retryPeriodMs'
> {
  const leaseDurationMs = flags['leader-elect-lease-duration']
  const renewDeadlineMs = flags['leader-elect-renew-deadline']
  const retryPeriodMs = flags['leader-elect-retry-period']
  if (leaseDurationMs <= renewDeadlineMs) throw new UserError('leaseDuration must be greater than renewDeadline')
  if (renewDeadlineMs <= retryPeriodMs * jitterFactor) {
    throw new UserError('renewDeadline must be greater than retryPeriod*JitterFactor')
  }
  if (retryPeriodMs < 1) throw new UserError('retryPeriod must be greater than zero')
  return {
    name: flags['leader-elect-resource-name'],
    namespace: flags['leader-elect-resource-namespace'],
    identity: `${hostname()}_${randomUUID()}`,
    leaseDurationMs,
    renewDeadlineMs,
    retryPeriodMs,
  }
}
