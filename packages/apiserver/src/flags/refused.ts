import { UserError } from '@wherry/component-base'

/** Flags that lead somewhere else here: silence would leave an administrator waiting for an etcd that nobody asks. */
const elsewhere: readonly (readonly [RegExp, string])[] = [
  [/^etcd-|^storage-(backend|media-type)$/, 'objects are kept in --data-dir, not in etcd'],
  [/^insecure-(port|bind-address)$/, 'requests are served over TLS only'],
]

/** Throws `UserError` for flags of kube-apiserver that cannot mean the same here, with what to do instead. */
export function refuseElsewhere(argv: readonly string[]): void {
  for (const word of argv) {
    const [, name = ''] = /^--([^=]+)/.exec(word) ?? []
    const found = elsewhere.find(([pattern]) => pattern.test(name.replaceAll('_', '-')))
    if (found) throw new UserError(`unknown flag: --${name}: ${found[1]}`)
  }
}
