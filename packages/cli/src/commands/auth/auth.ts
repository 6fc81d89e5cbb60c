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
    whoami: { short: 'Check self subject attributes', load: async () => (await import('./whoami.ts')).whoamiCommand },
  },
})
