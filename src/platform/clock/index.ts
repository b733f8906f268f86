export { endOfLondonDay, LONDON, londonDay, londonInstant, startOfLondonDay, Temporal } from './temporal.ts'
export { fixedClock, systemClock, type Clock } from './now.ts'
export {
  amendBankHolidays,
  bankHolidaysFrom,
  bankHolidayWarning,
  loadBankHolidays,
  type BankHoliday,
  type BankHolidays,
} from './bank-holidays.ts'
export {
  exclusionSets,
  goodFriday,
  isExcludedFromA,
  isExcludedFromB,
  isExcludedFromN,
  isExcludedFromW,
  type ExclusionSet,
  type ExclusionSetName,
} from './exclusion.ts'
export {
  addCountedHours,
  addWorkingDays,
  disregardedDaysBetween,
  lastDayOfPeriodBeginningWith,
  withinDaysOf,
  type PeriodLength,
} from './counting.ts'
export { BAIL_PERIOD_MONTHS, bailPeriodEnds, bailStartDate, type BailPeriodEnd, type BailPeriodMonths } from './bail.ts'
export { formatDay, formatDeadline, formatInstant, formatRelativeDays } from './format.ts'
export { parseDayMonthYear, type DateField, type DateProblem, type ParsedDate } from './date-input.ts'
