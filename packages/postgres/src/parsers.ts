import pg from 'pg'

const { builtins, getTypeParser } = pg.types

/** As pg reads values, but for whole numbers of 64 bits: positions stay far below what a number holds exactly. */
export const parsers = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === builtins.INT8 ? Number : getTypeParser(oid, format as 'text')) as typeof getTypeParser,
}
