import { defineGroup } from '../../command.ts'

export const authCommand = defineGroup({
  use: 'auth',
  short: 'Look into authorization',
  long: 'Look into authorization.',
  commands: {
    'can-i': {
      short: 'Check whether an action is allowed',
      load: async () => (await import('./can-i.ts')).canICommand,
    },
    reconcile: {
      short: 'Bring roles and bindings up to what a file says',
      load: async () => (await import('./reconcile.ts')).reconcileCommand,
    },
    whoami: { short: 'Check self subject attributes', load: async () => (await import('./whoami.ts')).whoamiCommand },
  },
})
