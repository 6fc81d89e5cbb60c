import { randomBytes } from 'node:crypto'
import { type CatalogueImage, imageId } from '../../images.ts'
import { type ContainerConfig, type ContainerState, type ContainerStatus, RuntimeError } from '../cri.ts'
import type { ContainerRecord, SandboxRecord } from './state.ts'

/** What a container will run: the pod's words where it has any, the image's otherwise. */
export function newContainerRecord(
  sandbox: SandboxRecord,
  config: ContainerConfig,
  image: CatalogueImage | undefined,
  now: number,
): ContainerRecord {
  const fromImage = config.command.length === 0
  const command = fromImage ? (image?.entrypoint ?? []) : config.command
  const args = config.args.length === 0 && fromImage ? (image?.cmd ?? []) : config.args
  const argv = [...command, ...args]
  if (argv.length === 0) throw new RuntimeError('no command specified')
  const envs = new Map([
    ['PATH', process.env.PATH || '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ['HOME', process.env.HOME || '/'],
    ['HOSTNAME', sandbox.config.hostname],
    ...(config.tty ? [['TERM', 'xterm'] as const] : []),
    ['POD_IP', sandbox.ip],
    ...Object.entries(image?.env ?? {}),
    ...config.envs.map(({ key, value }) => [key, value] as const),
  ])
  return {
    id: randomBytes(32).toString('hex'),
    podSandboxId: sandbox.id,
    podUid: sandbox.config.metadata.uid,
    config: {
      ...config,
      workingDir: config.workingDir || image?.workingDir || image?.directory || '',
      envs: [...envs].map(([key, value]) => ({ key, value })),
    },
    argv,
    imageRef: image === undefined ? '' : imageId(image),
    createdAt: now,
    startedAt: 0,
    finishedAt: 0,
    exitCode: 0,
    reason: '',
    message: '',
    pid: 0,
    startTime: '',
    shimPid: 0,
    shimStartTime: '',
    mountNamespace: '',
  }
}

export function containerStatus(record: ContainerRecord): ContainerStatus {
  const { config } = record
  return {
    id: record.id,
    podSandboxId: record.podSandboxId,
    metadata: config.metadata,
    state: stateOf(record),
    createdAt: record.createdAt,
    startedAt: record.startedAt,
    finishedAt: record.finishedAt,
    exitCode: record.exitCode,
    image: config.image.image,
    imageRef: record.imageRef,
    reason: record.reason,
    message: record.message,
    labels: config.labels,
    annotations: config.annotations,
    logPath: config.logPath,
    tty: config.tty,
    stdin: config.stdin,
    pid: record.pid,
  }
}

function stateOf(record: ContainerRecord): ContainerState {
  if (record.finishedAt > 0) return 'CONTAINER_EXITED'
  return record.startedAt > 0 ? 'CONTAINER_RUNNING' : 'CONTAINER_CREATED'
}
