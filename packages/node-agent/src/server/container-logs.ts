import type { ServerResponse } from 'node:http'
import { parseTime } from '@wherry/apimachinery'
import type { Clock } from '@wherry/component-base'
import { type LogOptions, readLog } from '../logs/log-reader.ts'
import { latestOf, observePod } from '../pod/observed.ts'
import { type PodObject, podUid } from '../pod/pod-object.ts'
import type { ContainerRuntime, ContainerStatus } from '../runtime/cri.ts'
import { attemptsOf } from '../status/pod-status.ts'
import { HTTPError } from './http-error.ts'
import { containerStatusOf, requireContainer } from './pod-container.ts'

export interface ContainerLogsDeps {
  runtime: ContainerRuntime
  clock: Clock
}

/** GET /containerLogs: streams the log of one container; throws an HTTPError while nothing is sent. */
export async function sendContainerLogs(
  pod: PodObject,
  name: string,
  query: URLSearchParams,
  response: ServerResponse,
  { runtime, clock }: ContainerLogsDeps,
): Promise<void> {
  requireContainer(pod, name)
  const options = logOptions(query, clock.now())
  const observed = await observePod(runtime, podUid(pod))
  const attempts = attemptsOf(observed.containers, name).filter(({ state }) => state !== 'CONTAINER_CREATED')
  const status = query.get('previous') === 'true' ? previous(pod, name, attempts) : current(pod, name, attempts)
  response.writeHead(200, { 'content-type': 'text/plain' })
  response.flushHeaders()
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  const end = endOf(runtime, status)
  await readLog({ path: status.logPath, ended: end.ended }, options, response, gone.signal)
  end.forget()
  response.end()
}

function logOptions(query: URLSearchParams, now: number): LogOptions {
  const number = (name: string) => {
    const text = query.get(name)
    if (text === null || text === '') return undefined
    if (!/^\d+$/.test(text)) throw new HTTPError(400, `Unable to decode query: ${name}: "${text}" is not a number`)
    return Number(text)
  }
  const tailLines = number('tailLines')
  const limitBytes = number('limitBytes')
  const sinceSeconds = number('sinceSeconds')
  const sinceTime = query.get('sinceTime')
  const since = sinceSeconds !== undefined ? now - sinceSeconds * 1000 : sinceTime ? parseTime(sinceTime) : undefined
  const stream = query.get('stream')
  return {
    follow: query.get('follow') === 'true',
    timestamps: query.get('timestamps') === 'true',
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
    ...(since === undefined ? {} : { since }),
    ...(stream === 'Stdout' ? { stream: 'stdout' } : stream === 'Stderr' ? { stream: 'stderr' } : {}),
  }
}

/** The running container, or the last that ran. In the words of the kubelet's validateContainerLogStatus. */
function current(pod: PodObject, name: string, attempts: readonly ContainerStatus[]): ContainerStatus {
  const [latest] = attempts
  if (latest) return latest
  const reason = containerStatusOf(pod, name)?.state?.waiting?.reason ?? 'ContainerCreating'
  const words: Record<string, string> = {
    ErrImagePull: "image can't be pulled",
    ImagePullBackOff: 'trying and failing to pull image',
  }
  const message = `container "${name}" in pod "${pod.metadata.name}" is waiting to start: ${words[reason] ?? reason}`
  throw new HTTPError(400, message)
}

/** The attempt before the one that runs; what has ended and waits to be started again is itself the previous one. */
function previous(pod: PodObject, name: string, attempts: readonly ContainerStatus[]): ContainerStatus {
  const waiting = containerStatusOf(pod, name)?.state?.waiting !== undefined
  const ended = attempts.slice(waiting ? 0 : 1).find(({ state }) => state === 'CONTAINER_EXITED')
  if (ended) return ended
  throw new HTTPError(400, `previous terminated container "${name}" in pod "${pod.metadata.name}" not found`)
}

function endOf(runtime: ContainerRuntime, status: ContainerStatus): { ended: Promise<void>; forget: () => void } {
  if (status.state === 'CONTAINER_EXITED') return { ended: Promise.resolve(), forget: () => undefined }
  let forget = () => {}
  const ended = new Promise<void>((resolve) => {
    const unsubscribe = runtime.onContainerEvent(({ type, containerId }) => {
      if (type === 'CONTAINER_STOPPED' && containerId === status.id) resolve()
    })
    forget = unsubscribe
    // It may have ended since it was looked at.
    void runtime.containerStatus(status.id).then((now) => {
      if (now?.state !== 'CONTAINER_RUNNING') resolve()
    })
  })
  return { ended, forget }
}

/** The container that runs now; throws in the kubelet's words. */
export async function runningContainer(
  pod: PodObject,
  name: string,
  runtime: ContainerRuntime,
): Promise<ContainerStatus> {
  const latest = latestOf(await observePod(runtime, podUid(pod)), name)
  if (latest?.state !== 'CONTAINER_RUNNING') throw new HTTPError(500, `container not found ("${name}")`)
  return latest
}
