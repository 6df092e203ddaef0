import { statement } from './statement.ts'

/** Keeps the text that the event just appended brought. */
export const insertBody = statement<{ text: string }>()(({ db, dialect, arg }) =>
  db.insertInto('body').values({ position: dialect.position.current, text: arg.body('text') }),
)
