import type { FlagSet } from './flags.ts'

/** Flags that every command takes. */
export const globalFlags = {
  as: { type: 'string', describe: 'Act as this user; a regular user, or a service account of a namespace.' },
  'as-group': { type: 'array', describe: 'Act as a member of this group; may be given several times.' },
  'as-uid': { type: 'string', describe: 'Act as the user with this UID.' },
  'as-user-extra': { type: 'array', describe: 'Extra facts about the user to act as: key=value.' },
  'cache-dir': { type: 'string', describe: 'Where to keep what servers serve; ~/.kube/cache where empty.' },
  'certificate-authority': { type: 'string', describe: 'File with the certificates that vouch for the API server.' },
  'client-certificate': { type: 'string', describe: 'File with the client certificate for TLS.' },
  'client-key': { type: 'string', describe: 'File with the key of the client certificate.' },
  cluster: { type: 'string', describe: 'Name of the kubeconfig cluster to use.' },
  context: { type: 'string', describe: 'Name of the kubeconfig context to use.' },
  'disable-compression': { type: 'boolean', hidden: true, describe: 'Kept for scripts; has no effect.' },
  'insecure-skip-tls-verify': {
    type: 'boolean',
    describe: 'Accept any certificate from the API server. Connections are then open to whoever stands between.',
  },
  kubeconfig: { type: 'string', describe: 'The kubeconfig file to use for this command.' },
  kuberc: { type: 'string', hidden: true, describe: 'Kept for scripts; has no effect.' },
  'match-server-version': { type: 'boolean', hidden: true, describe: 'Kept for scripts; has no effect.' },
  namespace: { type: 'string', short: 'n', describe: 'The namespace that this command works in.' },
  password: { type: 'string', describe: 'Password for basic authentication.' },
  'request-timeout': {
    type: 'string',
    default: '0',
    describe: 'How long to wait for one request of the server, such as 1s, 2m or 3h. Zero means without limit.',
  },
  server: { type: 'string', short: 's', describe: 'Address and port of the API server.' },
  'tls-server-name': {
    type: 'string',
    describe: "Name to expect in the server's certificate, where it is not its host name.",
  },
  token: { type: 'string', describe: 'Bearer token for the API server.' },
  user: { type: 'string', describe: 'Name of the kubeconfig user to use.' },
  username: { type: 'string', describe: 'User name for basic authentication.' },
  v: { type: 'int', short: 'v', describe: 'How much to log: 6 shows requests, 8 bodies too.' },
  'warnings-as-errors': { type: 'boolean', describe: 'Treat warnings of the server as errors.' },
} as const satisfies FlagSet

/** `-o` and what goes with it. */
export const printFlags = {
  'allow-missing-template-keys': {
    type: 'boolean',
    default: 'true',
    describe:
      'Pass over fields and keys that a template names and the object has not. Only for go-template and jsonpath.',
  },
  output: {
    type: 'string',
    short: 'o',
    describe:
      'Output format. One of: (json, yaml, name, go-template, go-template-file, template, templatefile, jsonpath, jsonpath-as-json, jsonpath-file).',
  },
  'show-managed-fields': { type: 'boolean', describe: 'Keep metadata.managedFields in JSON and YAML output.' },
  template: { type: 'string', describe: 'The template, or its file, for -o=go-template and -o=go-template-file.' },
} as const satisfies FlagSet

/** `-f`, `-k` and `-R`. */
export const fileFlags = {
  filename: {
    type: 'strings',
    short: 'f',
    describe: 'File, directory or URL with the resources; - reads standard input.',
  },
  kustomize: { type: 'string', short: 'k', describe: 'A kustomization directory (not supported).' },
  recursive: { type: 'boolean', short: 'R', describe: 'Follow the directories of -f, --filename downwards.' },
} as const satisfies FlagSet

export const dryRunFlag = {
  'dry-run': {
    type: 'string',
    default: 'none',
    optional: 'unchanged',
    describe:
      'Must be "none", "server", or "client". With client only print what would be sent; with server send it, but nothing is stored.',
  },
} as const satisfies FlagSet

export const selectorFlag = {
  selector: {
    type: 'string',
    short: 'l',
    describe: "Label query: '=', '==', '!=', 'in' and 'notin', such as key1=value1,key2 in (a,b).",
  },
} as const satisfies FlagSet

export const validateFlag = {
  validate: {
    type: 'string',
    default: 'strict',
    optional: 'strict',
    describe:
      'Must be one of: strict (or true), warn, ignore (or false). What the server does about unknown and duplicate fields.',
  },
} as const satisfies FlagSet

/** The flag that names the writer in managedFields. */
export function fieldManagerFlag<const D extends string>(manager: D) {
  return {
    'field-manager': { type: 'string', default: manager, describe: 'Name under which the fields written are tracked.' },
  } as const satisfies FlagSet
}

export const saveConfigFlag = {
  'save-config': {
    type: 'boolean',
    describe: 'Keep the configuration in an annotation, so that apply can later work on the object.',
  },
} as const satisfies FlagSet

export const allNamespacesFlag = {
  'all-namespaces': { type: 'boolean', short: 'A', describe: 'Work across all namespaces.' },
} as const satisfies FlagSet

export const chunkSizeFlag = {
  'chunk-size': {
    type: 'int',
    default: '500',
    describe: 'Fetch large lists in pieces of this size; 0 fetches all at once.',
  },
} as const satisfies FlagSet

export const fieldSelectorFlag = {
  'field-selector': {
    type: 'string',
    describe: "Field query: '=', '==' and '!=', such as key1=value1,key2=value2. Each kind allows a few fields.",
  },
} as const satisfies FlagSet

/** What a command that deletes takes. */
export const deleteFlags = {
  cascade: {
    type: 'string',
    default: 'background',
    optional: 'background',
    describe:
      'Must be "background", "orphan", or "foreground". What becomes of the objects that depend on the deleted one.',
  },
  force: {
    type: 'boolean',
    describe: 'Delete at once, without grace. May leave the cluster inconsistent for some kinds.',
  },
  'grace-period': {
    type: 'int',
    default: '-1',
    describe: 'Seconds that the resource gets to end in order. Ignored when negative; 0 only together with --force.',
  },
  timeout: { type: 'duration', describe: 'How long to wait for a deletion; zero takes a time that fits the object.' },
} as const satisfies FlagSet
