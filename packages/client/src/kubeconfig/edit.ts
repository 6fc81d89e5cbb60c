import { deepEqual, parseYAML, toYAML } from '@wherry/apimachinery'
import { KubeconfigError } from './errors.ts'
import type { NamedCluster, NamedContext, NamedUser } from './kubeconfig.ts'
import { type Edit, splice } from './splice.ts'

/** One context with what it refers to. */
export interface KubeconfigEntries {
  cluster: NamedCluster
  user: NamedUser
  context: NamedContext
  /** Makes this the current context; otherwise that stays what it is. */
  currentContext?: string
}

/** The names of one context and of what it refers to. */
export interface KubeconfigNames {
  cluster?: string
  user?: string
  context?: string
}

/**
 * Puts one context with its cluster and user into a kubeconfig's text, in place of entries of the same names. Everything
 * else stays as it is, and comments stay where the text is in the usual block style. Throws `KubeconfigError` when the
 * text is no kubeconfig.
 */
export function mergeKubeconfig(
  existing: string,
  { cluster, user, context, currentContext }: KubeconfigEntries,
): string {
  return edited(existing, {
    put: { clusters: { ...cluster }, contexts: { ...context }, users: { ...user } },
    ...(currentContext !== undefined && { currentContext }),
  })
}

/** Takes the named entries out. Where the context was the current one, none is. */
export function removeFromKubeconfig(existing: string, { cluster, user, context }: KubeconfigNames): string {
  const current = parsed(existing)['current-context']
  return edited(existing, {
    remove: {
      ...(cluster !== undefined && { clusters: cluster }),
      ...(context !== undefined && { contexts: context }),
      ...(user !== undefined && { users: user }),
    },
    ...(context !== undefined && current === context && { currentContext: '' }),
  })
}

function edited(existing: string, edit: Edit): string {
  const wanted = applied(parsed(existing), edit)
  const text = splice(existing, edit)
  // The text is taken only if it means what it should; a file in an unusual form is written anew.
  return text !== undefined && deepEqual(parseOrUndefined(text), wanted) ? text : toYAML(wanted)
}

function applied(document: Record<string, unknown>, { put, remove, currentContext }: Edit): Record<string, unknown> {
  const result: Record<string, unknown> = { apiVersion: 'v1', kind: 'Config', ...document }
  for (const section of ['clusters', 'contexts', 'users'] as const) {
    const list = items(result[section])
    const entry = put?.[section]
    const name = remove?.[section]
    const at = list.findIndex((item) => nameOf(item) === (entry?.name ?? name))
    if (entry && at >= 0) list[at] = entry
    else if (entry) list.push(entry)
    else if (name !== undefined && at >= 0) list.splice(at, 1)
    else continue
    result[section] = list
  }
  if (currentContext !== undefined) result['current-context'] = currentContext
  return result
}

function items(value: unknown): unknown[] {
  return Array.isArray(value) ? [...value] : []
}

function nameOf(item: unknown): unknown {
  return typeof item === 'object' && item !== null && 'name' in item ? item.name : undefined
}

function parsed(text: string): Record<string, unknown> {
  const [document = {}] = text.trim() === '' ? [] : parseYAML(text)
  if (typeof document !== 'object' || Array.isArray(document)) {
    throw new KubeconfigError(["the file is not a kubeconfig: couldn't get version/kind"])
  }
  return { ...document }
}

function parseOrUndefined(text: string): unknown {
  try {
    return parsed(text)
  } catch {
    // The splice went wrong; the caller writes the file anew.
    return undefined
  }
}
