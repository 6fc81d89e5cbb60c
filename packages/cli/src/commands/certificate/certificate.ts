import { defineGroup } from '../../command.ts'

export const certificateCommand = defineGroup({
  use: 'certificate SUBCOMMAND',
  short: 'Decide on certificate requests',
  long: 'Decide on certificate requests.',
  commands: {
    approve: {
      short: 'Approve a certificate request',
      load: async () => (await import('./decide.ts')).approveCommand,
    },
    deny: { short: 'Deny a certificate request', load: async () => (await import('./decide.ts')).denyCommand },
  },
})
