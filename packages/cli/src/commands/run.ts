import { Pod, type Pod as PodObject, Service } from '@wherry/api'
import { isNotFound } from '@wherry/apimachinery'
import { aWeekMs, waitForDeletion } from '../access/deletion.ts'
import type { Connection } from '../access/connection.ts'
import { dryRunOf, writeQuery } from '../access/dry-run.ts'
import { watchRaw } from '../access/watch.ts'
import { defineCommand } from '../command.ts'
import type { Context } from '../context.ts'
import { CommandError, ExitError, messageOf, UsageError } from '../errors.ts'
import { deleteFlags, dryRunFlag, fieldManagerFlag, printFlags, saveConfigFlag } from '../flags/shared.ts'
import { intOrText } from '../objects/int-or-text.ts'
import { isObject, type Unstructured, unstructured } from '../objects/json.ts'
import { withMadeConfiguration } from '../objects/last-applied.ts'
import { overrideFlags, withOverrides } from '../objects/overrides.ts'
import { Reporter } from '../printers/report.ts'
import { attachTo } from '../streaming/attach.ts'
import { chooseContainer } from '../streaming/pods.ts'
import { propagation } from './delete.ts'

export const runCommand = defineCommand({
  use: 'run NAME --image=image [--env="key=value"] [--port=port] [--dry-run=server|client] [--overrides=inline-json] [--command] -- [COMMAND] [args...]',
  short: 'Run an image as a pod on the cluster',
  examples: `# A pod
$ run web --image=wherry/hello

# With a port, an environment and labels
$ run web --image=wherry/hello --port=8080 --env="MODE=fast" --labels="app=web,tier=front"

# Only show what would be made
$ run web --image=wherry/hello --dry-run=client -o yaml

# A shell that is gone when it ends
$ run -it shell --image=busybox --restart=Never --rm -- sh

# Another command
$ run web --image=wherry/hello --command -- CMD arg1 arg2`,
  flags: {
    ...printFlags,
    ...dryRunFlag,
    ...saveConfigFlag,
    ...overrideFlags,
    ...deleteFlags,
    ...fieldManagerFlag('kubectl-run'),
    annotations: { type: 'array', describe: 'Annotation of the pod: key=value.' },
    attach: { type: 'boolean', describe: 'Attach to the pod once it runs; also when -i is given.' },
    command: { type: 'boolean', describe: 'What follows -- is the command, rather than its arguments.' },
    'detach-keys': { type: 'string', default: 'ctrl-p,ctrl-q', describe: 'Keys that leave the container running.' },
    env: { type: 'array', describe: 'Environment variable of the container: key=value.' },
    expose: { type: 'boolean', describe: 'Make a ClusterIP service for the pod too. Needs --port.' },
    image: { type: 'string', required: true, describe: 'The image to run.' },
    'image-pull-policy': { type: 'string', describe: 'When to pull the image.' },
    labels: { type: 'string', short: 'l', describe: 'Labels of the pod, with commas between.' },
    'leave-stdin-open': { type: 'boolean', describe: 'Keep standard input open after the first attach.' },
    'pod-running-timeout': { type: 'duration', default: '1m0s', describe: 'How long to wait until the pod runs.' },
    port: { type: 'string', describe: 'The port that the container listens on.' },
    privileged: { type: 'boolean', describe: 'Run the container in privileged mode.' },
    quiet: { type: 'boolean', short: 'q', describe: 'Print only what the container prints.' },
    restart: { type: 'string', default: 'Always', describe: 'The restart policy: Always, OnFailure, Never.' },
    rm: { type: 'boolean', describe: 'Delete the pod when it has ended. Only when attached.' },
    stdin: { type: 'boolean', short: 'i', describe: 'Keep standard input of the container open.' },
    tty: { type: 'boolean', short: 't', describe: 'Give the container a terminal.' },
    wait: { type: 'boolean', describe: 'With --rm: wait until the pod is gone.' },
  },
  async run(context, { args, dash, flags, changed }) {
    const [name, ...rest] = args
    if (name === undefined || dash === 0) throw new UsageError('NAME is required for run')
    if (flags.timeout < 0) throw new CommandError('timeout must be greater than 0')
    if (flags.image === '') throw new UsageError('required flag(s) "image" not set')
    if (/[^\w./:@-]/.test(flags.image))
      throw new CommandError(`Invalid image name ${JSON.stringify(flags.image)}: invalid reference format`)
    if (flags.tty && !flags.stdin) throw new UsageError('-i/--stdin is required for containers with -t/--tty=true')
    if (flags.expose && flags.port === '') throw new UsageError('--port must be set when exposing a service')
    const dryRun = dryRunOf(context, flags['dry-run'])
    const attach = changed('attach') ? flags.attach : flags.stdin
    if (attach && dryRun !== 'none') {
      throw new UsageError(
        "--dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)",
      )
    }
    if (flags.rm && !attach) throw new UsageError('--rm should only be used for attached containers')
    const reporter = new Reporter(context, flags, dryRun, 'keep')
    await reporter.check()
    const quiet = flags.quiet
    const pod = withOverrides(
      podOf(context, name, rest, flags, attach),
      flags.overrides,
      flags['override-type'],
      Pod.typeName,
    )
    const sent = flags['save-config'] ? withMadeConfiguration(pod) : pod
    const query = writeQuery({ dryRun, fieldManager: flags['field-manager'] })
    const report = async (object: Unstructured) => {
      if (!(quiet && attach) && !(attach && flags.rm)) await reporter.print(object, 'created')
    }
    if (dryRun === 'client') {
      if (flags.expose) await reporter.print(serviceOf(context, name, flags.port), 'created')
      await reporter.print(sent, 'created')
      return
    }
    const connection = await context.connect()
    const { namespace } = connection
    if (flags.expose) {
      const service = await connection.rest.create(Service, namespace, serviceOf(context, name, flags.port), query)
      await reporter.print(service, 'created')
    }
    const created = await connection.rest.create(Pod, namespace, sent, query)
    if (!attach) {
      await report(created)
      return
    }
    try {
      await attachToNew(context, connection, created, flags, quiet)
    } finally {
      if (flags.rm) await removePod(context, connection, created, flags)
    }
  },
})

interface PodFlags {
  readonly annotations: readonly string[]
  readonly command: boolean
  readonly env: readonly string[]
  readonly image: string
  readonly 'image-pull-policy': string
  readonly labels: string
  readonly 'leave-stdin-open': boolean
  readonly port: string
  readonly privileged: boolean
  readonly restart: string
  readonly stdin: boolean
  readonly tty: boolean
}

function podOf(
  context: Context,
  name: string,
  words: readonly string[],
  flags: PodFlags,
  attach: boolean,
): Unstructured {
  if (!['Always', 'OnFailure', 'Never'].includes(flags.restart)) {
    throw new UsageError(`invalid restart policy: ${flags.restart}`)
  }
  const labels = flags.labels === '' ? { run: name } : pairs(flags.labels.split(','), 'label')
  const annotations = pairs(flags.annotations, 'annotation')
  const env = flags.env.map((text) => {
    const equals = text.indexOf('=')
    if (equals <= 0) throw new CommandError(`invalid env: ${text}`)
    return { name: text.slice(0, equals), value: text.slice(equals + 1) }
  })
  if (flags.port !== '' && !/^\d+$/.test(flags.port)) {
    throw new CommandError(`strconv.Atoi: parsing ${JSON.stringify(flags.port)}: invalid syntax`)
  }
  const container = {
    name,
    image: flags.image,
    ...(words.length > 0 && { [flags.command ? 'command' : 'args']: words }),
    ...(flags.port !== '' && { ports: [{ containerPort: Number(flags.port) }] }),
    ...(env.length > 0 && { env }),
    resources: {},
    ...(flags['image-pull-policy'] !== '' && { imagePullPolicy: flags['image-pull-policy'] }),
    ...(flags.privileged && { securityContext: { privileged: true } }),
    ...(flags.stdin && { stdin: true, ...(!flags['leave-stdin-open'] && { stdinOnce: attach || flags.stdin }) }),
    ...(flags.tty && { tty: true }),
  }
  return unstructured({
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name,
      ...(context.globalChanged('namespace') && { namespace: context.globals.namespace }),
      labels,
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: { containers: [container], restartPolicy: flags.restart, dnsPolicy: 'ClusterFirst' },
    status: {},
  })
}

function pairs(texts: readonly string[], what: string): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf('=')
      if (equals <= 0) throw new CommandError(`unexpected ${what} spec: ${text}`)
      return [text.slice(0, equals), text.slice(equals + 1)]
    }),
  )
}

function serviceOf(context: Context, name: string, port: string): Unstructured {
  return unstructured({
    kind: 'Service',
    apiVersion: 'v1',
    metadata: { name, ...(context.globalChanged('namespace') && { namespace: context.globals.namespace }) },
    spec: { ports: [{ protocol: 'TCP', port: Number(port), targetPort: intOrText(port) }], selector: { run: name } },
    status: { loadBalancer: {} },
  })
}

interface AttachFlags {
  readonly stdin: boolean
  readonly tty: boolean
  readonly restart: string
  readonly 'detach-keys': string
  readonly 'pod-running-timeout': number
}

/** Attaches once the pod runs; one that has ended before that shows its log. Ends as the container did. */
async function attachToNew(
  context: Context,
  connection: Connection,
  created: Unstructured,
  flags: AttachFlags,
  quiet: boolean,
): Promise<void> {
  const pod = await waitForPod(context, connection, created, flags['pod-running-timeout'], isStarted)
  const container = chooseContainer(context, pod, '', quiet)
  const { namespace = '', name = '' } = pod.metadata
  const showLog = async () => {
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/log`
    const stream = await connection.rest.stream(path, { query: { container: container.name, follow: true } })
    for await (const chunk of stream) context.stdout.write(chunk)
  }
  if (isEnded(pod)) await showLog()
  else {
    const { stdin, tty } = flags
    const request = { connection, pod, container, stdin, tty, quiet, detachKeys: flags['detach-keys'] }
    try {
      const end = await attachTo(context, request)
      if (end.kind === 'detached') return
    } catch (error) {
      if (context.signal.aborted) throw error
      // The container may have ended before it could be attached to.
      context.warn(`warning: couldn't attach to pod/${name}, falling back to streaming logs: ${messageOf(error)}\n`)
      await showLog()
    }
  }
  if (flags.restart === 'Always') return
  const last = await waitForPod(context, connection, created, aWeekMs, isEnded)
  if (last.status?.phase === 'Succeeded') return
  const state = last.status?.containerStatuses?.find(({ name }) => name === container.name)?.state?.terminated
  if (!state)
    throw new CommandError(`pod ${last.metadata.namespace}/${last.metadata.name} failed with unknown exit code`)
  throw new ExitError(
    state.exitCode,
    `pod ${last.metadata.namespace}/${last.metadata.name} terminated (${state.reason ?? 'Error'})${state.message ? `\n${state.message}` : ''}`,
  )
}

function isEnded({ status }: PodObject): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed'
}

function isStarted(pod: PodObject): boolean {
  return pod.status?.phase === 'Running' || isEnded(pod)
}

async function waitForPod(
  context: Context,
  connection: Connection,
  { metadata }: Unstructured,
  timeoutMs: number,
  wanted: (pod: PodObject) => boolean,
): Promise<PodObject> {
  const { namespace = '', name = '' } = metadata
  const late = new AbortController()
  const cancel = context.clock.setTimer(timeoutMs, () => late.abort())
  const signal = AbortSignal.any([context.signal, late.signal])
  try {
    for (;;) {
      const pod = await connection.client.get(Pod, { namespace, name }, { signal })
      if (wanted(pod)) return pod
      const query = { fieldSelector: `metadata.name=${name}`, resourceVersion: pod.metadata.resourceVersion }
      for await (const event of watchRaw(connection.rest, { kind: Pod, namespace, query, signal })) {
        if (event.type === 'DELETED') throw new CommandError(`pod ${namespace}/${name} was deleted`)
        if (event.type !== 'BOOKMARK' && isPod(event.object) && wanted(event.object)) return event.object
      }
    }
  } catch (error) {
    if (late.signal.aborted && !context.signal.aborted)
      throw new CommandError('timed out waiting for the condition', { cause: error })
    throw error
  } finally {
    cancel()
  }
}

/** The server was asked for pods. */
function isPod(value: unknown): value is PodObject {
  return isObject(value)
}

interface RemoveFlags {
  readonly cascade: string
  readonly force: boolean
  readonly 'grace-period': number
  readonly quiet: boolean
  readonly timeout: number
  readonly wait: boolean
}

async function removePod(
  context: Context,
  connection: Connection,
  { metadata }: Unstructured,
  flags: RemoveFlags,
): Promise<void> {
  const { namespace = '', name = '', uid } = metadata
  const ref = { kind: Pod, namespace, name }
  const grace = flags.force
    ? { gracePeriodSeconds: 0 }
    : flags['grace-period'] >= 0
      ? { gracePeriodSeconds: flags['grace-period'] }
      : {}
  // The user may have interrupted the command: the pod goes all the same.
  const body = JSON.stringify({ propagationPolicy: propagation(flags.cascade), ...grace })
  const answer = await connection.client.request({
    method: 'DELETE',
    path: `/api/v1/namespaces/${namespace}/pods/${name}`,
    headers: { 'content-type': 'application/json' },
    body,
  })
  if (answer.status === 404) return
  if (!flags.quiet) context.print(`pod "${name}" deleted from ${namespace} namespace\n`)
  if (flags.wait && !context.signal.aborted) {
    await waitForDeletion(context, connection, [{ ...ref, uid }], flags.timeout || aWeekMs).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }
}
