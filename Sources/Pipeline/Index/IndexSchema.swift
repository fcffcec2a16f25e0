import Core

/// The tables of `lineage/index.sqlite` (`lineage.md` §3); everything in them follows from the log and the lake's tables.
///
/// ```
///   event ◄── story ──▶ subject (measurement, datastream, run)      which lines of the log are of what
///   measurement · file · file_topic · topic      datastream · edge      run      tag      words (full text)
///   scene · place (R-tree) · label_count         what tables of completed datastreams hold
///   conflict · alarm                             contradictions in the log, and those that verification found
///   cursor · log_file                            how far the logs were read
/// ```
/// Lines of the log are not copied: `event` says where they stand. Times are nanoseconds since 1970.
enum IndexSchema {
  /// Raised with every change of what follows: an index of another version is made anew.
  static let version: Int64 = 3

  static let tables = """
    PRAGMA page_size = 8192;
    CREATE TABLE fact(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
    CREATE TABLE cursor(writer TEXT PRIMARY KEY, file TEXT, offset INT, line INT, seq INT, digest TEXT, time INT,
      length INT) WITHOUT ROWID;
    CREATE TABLE log_file(no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, node TEXT, size INT, changed INT);
    CREATE TABLE word(no INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
    CREATE TABLE subject(no INTEGER PRIMARY KEY, kind INT NOT NULL, id TEXT NOT NULL, UNIQUE(kind, id));
    CREATE TABLE event(no INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, digest INT NOT NULL, time INT NOT NULL,
      writer INT NOT NULL, seq INT NOT NULL, name INT NOT NULL, run INT, file INT NOT NULL, offset INT NOT NULL,
      length INT NOT NULL, line INT NOT NULL);
    CREATE TABLE story(subject INT NOT NULL, event INT NOT NULL, PRIMARY KEY(subject, event)) WITHOUT ROWID;
    CREATE TABLE given(id TEXT PRIMARY KEY, event INT NOT NULL) WITHOUT ROWID;
    CREATE TABLE measurement(no INTEGER PRIMARY KEY, id TEXT NOT NULL, vin TEXT, region TEXT, start INT, end INT,
      parked INT);
    CREATE TABLE file(no INTEGER PRIMARY KEY, measurement INT NOT NULL, path TEXT NOT NULL, format TEXT, bytes INT,
      start INT, end INT);
    CREATE TABLE topic(no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
    CREATE TABLE file_topic(file INT NOT NULL, topic INT NOT NULL, PRIMARY KEY(file, topic)) WITHOUT ROWID;
    CREATE TABLE datastream(no INTEGER PRIMARY KEY, id TEXT NOT NULL, measurement INT NOT NULL, zone TEXT, kind TEXT,
      state TEXT, path TEXT, start INT, end INT, timed INT, rows INT, files INT, bytes INT, changed INT, source TEXT,
      read_at INT, first INT, last INT,
      place_first INT, place_last INT, problem TEXT);
    CREATE TABLE edge(child INT NOT NULL, parent INT NOT NULL, PRIMARY KEY(child, parent)) WITHOUT ROWID;
    CREATE TABLE run(no INTEGER PRIMARY KEY, id TEXT NOT NULL, tool TEXT, start INT, end INT, outcome TEXT);
    CREATE TABLE incomplete(path TEXT PRIMARY KEY, time INT, writer TEXT, seq INT, json TEXT) WITHOUT ROWID;
    CREATE TABLE conflict(no INTEGER PRIMARY KEY, subject INT, text TEXT NOT NULL);
    CREATE TABLE alarm(event INTEGER PRIMARY KEY);
    CREATE TABLE tag(no INTEGER PRIMARY KEY, subject INT NOT NULL, key TEXT NOT NULL, value TEXT, source TEXT,
      start INT, end INT);
    CREATE TABLE scene(no INTEGER PRIMARY KEY, id BLOB, datastream INT NOT NULL, type INT NOT NULL, start INT, end INT,
      lat REAL, lon REAL);
    CREATE TABLE scene_count(type INT NOT NULL, measurement INT NOT NULL, datastream INT NOT NULL, count INT,
      PRIMARY KEY(type, measurement, datastream)) WITHOUT ROWID;
    CREATE TABLE longest(what TEXT PRIMARY KEY, duration INT NOT NULL) WITHOUT ROWID;
    CREATE TABLE label_count(datastream INT NOT NULL, class TEXT NOT NULL, class_group TEXT NOT NULL, count INT,
      frames INT, PRIMARY KEY(datastream, class, class_group)) WITHOUT ROWID;
    CREATE VIRTUAL TABLE place USING rtree(no, south, north, west, east, t0, t1, +measurement INT, +datastream INT,
      +first INT, +last INT, +start INT, +end INT);
    CREATE INDEX file_by_measurement ON file(measurement);
    CREATE INDEX datastream_by_measurement ON datastream(measurement);
    CREATE INDEX tag_by_subject ON tag(subject);
    CREATE INDEX conflict_by_subject ON conflict(subject);
    CREATE VIRTUAL TABLE words USING fts5(body, tokenize = 'unicode61');
    """

  /// Made when the tables are filled, since sorting once is faster than keeping order.
  static let indexes = """
    CREATE INDEX measurement_by_vin ON measurement(vin, start);
    CREATE INDEX measurement_by_start ON measurement(start, id);
    CREATE INDEX measurement_parked ON measurement(parked) WHERE parked IS NOT NULL;
    CREATE INDEX file_by_format ON file(format, measurement);
    CREATE INDEX file_by_topic ON file_topic(topic, file);
    CREATE INDEX datastream_by_start ON datastream(start, id);
    CREATE INDEX datastream_by_zone ON datastream(zone, state, start, id, kind);
    CREATE INDEX datastream_by_state ON datastream(state, start, id);
    CREATE INDEX datastream_by_source ON datastream(source) WHERE source IS NOT NULL;
    CREATE INDEX edge_by_parent ON edge(parent);
    CREATE INDEX run_by_start ON run(start);
    CREATE INDEX run_by_outcome ON run(outcome, start);
    CREATE INDEX tag_by_key ON tag(key, value, subject);
    CREATE INDEX scene_by_type ON scene(type, start, id);
    CREATE INDEX scene_by_start ON scene(start, id);
    CREATE INDEX label_by_class ON label_count(class, count);
    CREATE INDEX label_by_group ON label_count(class_group, count);
    """
}

/// What has a story in the log.
enum SubjectKind: Int64, Sendable, CaseIterable { case measurement = 1, datastream, run }

/// Something with a story.
struct IndexSubject: Sendable, Hashable {
  var kind: SubjectKind
  var id: String
}
