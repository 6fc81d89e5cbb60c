import type { DaemonSet, Deployment, StatefulSet } from '@wherry/api'
import { CommandError } from '../errors.ts'

/** How far a rollout is: a line for the user, and whether it has ended. */
export interface RolloutStatus {
  message: string
  done: boolean
}

const observing = (what: string): RolloutStatus => ({
  message: `Waiting for ${what} spec update to be observed...\n`,
  done: false,
})

/** As kubectl's DeploymentStatusViewer. Throws when the deployment is late, or at another revision than the wanted one. */
export function deploymentStatus({ metadata, spec, status = {} }: Deployment, revision: number): RolloutStatus {
  const { name } = metadata
  if (revision > 0) {
    const running = Number(metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0)
    if (running !== revision) {
      throw new CommandError(`desired revision (${revision}) is different from the running revision (${running})`)
    }
  }
  if ((metadata.generation ?? 0) > (status.observedGeneration ?? 0)) return observing('deployment')
  const progressing = status.conditions?.find(({ type }) => type === 'Progressing')
  if (progressing?.reason === 'ProgressDeadlineExceeded') {
    throw new CommandError(`deployment ${JSON.stringify(name)} exceeded its progress deadline`)
  }
  const wanted = spec?.replicas
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0 } = status
  const waiting = (rest: string) => ({
    message: `Waiting for deployment ${JSON.stringify(name)} rollout to finish: ${rest}\n`,
    done: false,
  })
  if (wanted !== undefined && updatedReplicas < wanted) {
    return waiting(`${updatedReplicas} out of ${wanted} new replicas have been updated...`)
  }
  if (replicas > updatedReplicas)
    return waiting(`${replicas - updatedReplicas} old replicas are pending termination...`)
  if (availableReplicas < updatedReplicas) {
    return waiting(`${availableReplicas} of ${updatedReplicas} updated replicas are available...`)
  }
  return { message: `deployment ${JSON.stringify(name)} successfully rolled out\n`, done: true }
}

/** As kubectl's DaemonSetStatusViewer. */
export function daemonSetStatus({ metadata, spec, status }: DaemonSet): RolloutStatus {
  const { name } = metadata
  if (spec?.updateStrategy?.type !== undefined && spec.updateStrategy.type !== 'RollingUpdate') {
    throw new CommandError('rollout status is only available for RollingUpdate strategy type')
  }
  if ((metadata.generation ?? 0) > (status?.observedGeneration ?? 0)) return observing('daemon set')
  const { updatedNumberScheduled = 0, desiredNumberScheduled = 0, numberAvailable = 0 } = status ?? {}
  const waiting = (rest: string) => ({
    message: `Waiting for daemon set ${JSON.stringify(name)} rollout to finish: ${rest}\n`,
    done: false,
  })
  if (updatedNumberScheduled < desiredNumberScheduled) {
    return waiting(`${updatedNumberScheduled} out of ${desiredNumberScheduled} new pods have been updated...`)
  }
  if (numberAvailable < desiredNumberScheduled) {
    return waiting(`${numberAvailable} of ${desiredNumberScheduled} updated pods are available...`)
  }
  return { message: `daemon set ${JSON.stringify(name)} successfully rolled out\n`, done: true }
}

/** As kubectl's StatefulSetStatusViewer. */
export function statefulSetStatus({ metadata, spec, status }: StatefulSet): RolloutStatus {
  if (spec?.updateStrategy?.type !== undefined && spec.updateStrategy.type !== 'RollingUpdate') {
    throw new CommandError('rollout status is only available for RollingUpdate strategy type')
  }
  const observed = status?.observedGeneration ?? 0
  if (observed === 0 || (metadata.generation ?? 0) > observed) return observing('statefulset')
  const wanted = spec?.replicas
  const { readyReplicas = 0, updatedReplicas = 0, currentReplicas = 0, updateRevision, currentRevision } = status ?? {}
  if (wanted !== undefined && readyReplicas < wanted) {
    return { message: `Waiting for ${wanted - readyReplicas} pods to be ready...\n`, done: false }
  }
  const partition = spec?.updateStrategy?.rollingUpdate?.partition
  if (wanted !== undefined && partition !== undefined) {
    if (updatedReplicas < wanted - partition) {
      const progress = `${updatedReplicas} out of ${wanted - partition} new pods have been updated`
      return { message: `Waiting for partitioned roll out to finish: ${progress}...\n`, done: false }
    }
    return { message: `partitioned roll out complete: ${updatedReplicas} new pods have been updated...\n`, done: true }
  }
  if (updateRevision !== currentRevision) {
    const progress = `${updatedReplicas} pods at revision ${updateRevision}`
    return { message: `waiting for statefulset rolling update to complete ${progress}...\n`, done: false }
  }
  return {
    message: `statefulset rolling update complete ${currentReplicas} pods at revision ${currentRevision}...\n`,
    done: true,
  }
}
