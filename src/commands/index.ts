import { AUDIT_COMMANDS } from './audit.ts'
import { BACKUP_COMMANDS } from './backup.ts'
import type { Command } from './command.ts'
import { EXPORT_COMMANDS } from './export.ts'
import { FORCE_COMMANDS } from './force.ts'
import { LINK_EVALUATE_COMMANDS } from './link-evaluate.ts'
import { HAND_OVER_COMMANDS } from './link.ts'
import { LINK_COMMANDS } from './link-models.ts'
import { RECORD_COMMANDS } from './records.ts'

export { UsageError, type Command, type Context } from './command.ts'

/** Every command. A subject adds its own here. */
export const COMMANDS: readonly Command[] = [
  ...RECORD_COMMANDS,
  ...HAND_OVER_COMMANDS,
  ...LINK_COMMANDS,
  ...EXPORT_COMMANDS,
  ...LINK_EVALUATE_COMMANDS,
  ...FORCE_COMMANDS,
  ...AUDIT_COMMANDS,
  ...BACKUP_COMMANDS,
]
