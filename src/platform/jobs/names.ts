/** The queue of what was given up. Nobody works it; it is looked at and put back by people. */
export const DEAD = 'dead'

/** The queue of a kind of job, and of a listener to an event. */
export const jobQueue = (job: string): string => `job.${job}`
export const eventQueue = (topic: string, listener: string): string => `on.${topic}.${listener}`
