import type { JSONObject } from './json.ts'
import type { Dialect } from './schemas.ts'

interface Parameter {
  readonly type: 'string' | 'boolean' | 'integer'
  readonly text: string
}

/** Query parameters by name, each once: upstream repeats them at every operation. */
const query: Readonly<Record<string, Parameter>> = {
  allowWatchBookmarks: { type: 'boolean', text: 'send watch events of type BOOKMARK' },
  command: { type: 'string', text: 'the command to run, one argument each; not run in a shell' },
  container: { type: 'string', text: 'the container, where the pod has several' },
  continue: { type: 'string', text: 'the token of the next page, from the page before' },
  dryRun: { type: 'string', text: 'All: go through every stage but the last one, and store nothing' },
  fieldManager: { type: 'string', text: 'a name for the actor that makes the changes' },
  fieldSelector: { type: 'string', text: 'restricts the objects by their fields' },
  fieldValidation: {
    type: 'string',
    text: 'what to do with unknown and duplicate fields of the body: Ignore, Warn or Strict',
  },
  follow: { type: 'boolean', text: 'keep the log open and send what is added to it' },
  force: { type: 'boolean', text: 'take over fields that other managers own; for apply patches only' },
  gracePeriodSeconds: { type: 'integer', text: 'seconds before the object is deleted; zero means at once' },
  ignoreStoreReadErrorWithClusterBreakingPotential: {
    type: 'boolean',
    text: 'delete the object even if it cannot be read from the store',
  },
  insecureSkipTLSVerifyBackend: { type: 'boolean', text: 'do not check the certificate of the kubelet' },
  labelSelector: { type: 'string', text: 'restricts the objects by their labels' },
  limit: { type: 'integer', text: 'the most objects to answer with; more come under a continue token' },
  limitBytes: { type: 'integer', text: 'the most bytes of log to answer with' },
  orphanDependents: { type: 'boolean', text: 'deprecated: use propagationPolicy' },
  path: { type: 'string', text: 'the path to pass on' },
  ports: { type: 'integer', text: 'the ports to forward; needed with WebSockets' },
  previous: { type: 'boolean', text: 'the log of the container before its last restart' },
  propagationPolicy: { type: 'string', text: 'what happens to dependents: Orphan, Background or Foreground' },
  resourceVersion: { type: 'string', text: 'the version to read at, or to watch from' },
  resourceVersionMatch: { type: 'string', text: 'how resourceVersion is meant: Exact or NotOlderThan' },
  sendInitialEvents: { type: 'boolean', text: 'begin a watch with the objects that are there' },
  sinceSeconds: { type: 'integer', text: 'log lines that are not older than this' },
  sinceTime: { type: 'string', text: 'log lines that are not older than this time (RFC 3339)' },
  stderr: { type: 'boolean', text: 'carry standard error' },
  stdin: { type: 'boolean', text: 'carry standard input' },
  stdout: { type: 'boolean', text: 'carry standard output' },
  stream: { type: 'string', text: 'which stream of the log: All, Stdout or Stderr' },
  tailLines: { type: 'integer', text: 'the last lines of the log' },
  timeoutSeconds: { type: 'integer', text: 'ends the call after this time' },
  timestamps: { type: 'boolean', text: 'begin each line with its time' },
  tty: { type: 'boolean', text: 'run in a terminal' },
  watch: { type: 'boolean', text: 'send changes as they come' },
}

const path: Readonly<Record<string, string>> = {
  name: 'the name of the object',
  namespace: 'the namespace of the object',
  path: 'the path to pass on',
}

/** One query parameter. */
export function queryParameter(name: string, dialect: Dialect): JSONObject {
  const { type, text } = query[name] ?? { type: 'string', text: '' }
  return parameter({ name, in: 'query', description: text }, type, dialect)
}

/** The parameters that all operations of a path share: those in its braces, and `pretty`. */
export function pathParameters(template: string, dialect: Dialect): JSONObject[] {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '')
  return [
    ...names.map((name) =>
      parameter({ name, in: 'path', description: path[name] ?? '', required: true }, 'string', dialect),
    ),
    parameter({ name: 'pretty', in: 'query', description: 'true: indent the output' }, 'string', dialect),
  ]
}

function parameter(base: JSONObject, type: string, dialect: Dialect): JSONObject {
  if (dialect === 'v2') return { ...base, type, uniqueItems: true }
  return { ...base, schema: { type, uniqueItems: true } }
}
