import pg from 'pg'

const { builtins, getTypeParser } = pg.types

const ours: Readonly<Record<number, (raw: string) => unknown>> = {
  // Positions stay far below what a number holds exactly.
  [builtins.INT8]: Number,
  // Left for the dialect: what pg makes of instants is wrong at the ends of time.
  [builtins.TIMESTAMPTZ]: (raw) => raw,
}

/** As pg reads values, but for these. */
export const parsers: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => ours[oid] ?? getTypeParser(oid, format as 'text'),
}
