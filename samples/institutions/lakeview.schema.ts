const status = "record_status TEXT NOT NULL DEFAULT 'final'"

/**
 * A group of practices on the OMOP Common Data Model 5.4 (ohdsi.github.io/CommonDataModel/cdm54.html), the tables
 * and columns it fills. OMOP has no names of people and no status of entries: `person_identity`, `source_name` and
 * `record_status` are the site's own.
 */
export const lakeviewSchema = `
CREATE TABLE IF NOT EXISTS concept (
  concept_id INTEGER PRIMARY KEY, concept_name TEXT NOT NULL, domain_id TEXT NOT NULL, vocabulary_id TEXT NOT NULL,
  concept_class_id TEXT NOT NULL, standard_concept TEXT, concept_code TEXT NOT NULL,
  valid_start_date TEXT NOT NULL, valid_end_date TEXT NOT NULL, invalid_reason TEXT
);
CREATE INDEX IF NOT EXISTS concept_by_code ON concept (concept_code, vocabulary_id);
CREATE TABLE IF NOT EXISTS care_site (
  care_site_id INTEGER PRIMARY KEY, care_site_name TEXT, place_of_service_concept_id INTEGER,
  care_site_source_value TEXT
);
CREATE TABLE IF NOT EXISTS provider (
  provider_id INTEGER PRIMARY KEY, provider_name TEXT, care_site_id INTEGER, provider_source_value TEXT
);
CREATE TABLE IF NOT EXISTS person (
  person_id INTEGER PRIMARY KEY, gender_concept_id INTEGER NOT NULL, year_of_birth INTEGER NOT NULL,
  month_of_birth INTEGER, day_of_birth INTEGER, birth_datetime TEXT, race_concept_id INTEGER NOT NULL,
  ethnicity_concept_id INTEGER NOT NULL, person_source_value TEXT, gender_source_value TEXT,
  race_source_value TEXT, ethnicity_source_value TEXT
);
CREATE TABLE IF NOT EXISTS person_identity (
  person_id INTEGER PRIMARY KEY REFERENCES person (person_id), given_name TEXT NOT NULL, family_name TEXT NOT NULL,
  birth_date TEXT NOT NULL, national_id TEXT, national_id_country TEXT, street TEXT, city TEXT, state TEXT,
  zip TEXT, country TEXT, phone TEXT, language TEXT, death_date TEXT
);
CREATE TABLE IF NOT EXISTS visit_occurrence (
  visit_occurrence_id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person (person_id),
  visit_concept_id INTEGER NOT NULL, visit_start_date TEXT NOT NULL, visit_start_datetime TEXT,
  visit_end_date TEXT NOT NULL, visit_end_datetime TEXT, visit_type_concept_id INTEGER NOT NULL,
  provider_id INTEGER, care_site_id INTEGER, visit_source_value TEXT, source_name TEXT, ${status}
);
CREATE TABLE IF NOT EXISTS condition_occurrence (
  condition_occurrence_id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person (person_id),
  condition_concept_id INTEGER NOT NULL, condition_start_date TEXT NOT NULL, condition_start_datetime TEXT,
  condition_end_date TEXT, condition_type_concept_id INTEGER NOT NULL, provider_id INTEGER,
  visit_occurrence_id INTEGER, condition_source_value TEXT, source_name TEXT, ${status}
);
CREATE TABLE IF NOT EXISTS drug_exposure (
  drug_exposure_id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person (person_id),
  drug_concept_id INTEGER NOT NULL, drug_exposure_start_date TEXT NOT NULL, drug_exposure_start_datetime TEXT,
  drug_exposure_end_date TEXT NOT NULL, verbatim_end_date TEXT, drug_type_concept_id INTEGER NOT NULL,
  stop_reason TEXT, sig TEXT, lot_number TEXT, provider_id INTEGER, visit_occurrence_id INTEGER,
  drug_source_value TEXT, source_name TEXT, ${status}
);
CREATE TABLE IF NOT EXISTS measurement (
  measurement_id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person (person_id),
  measurement_concept_id INTEGER NOT NULL, measurement_date TEXT NOT NULL, measurement_datetime TEXT,
  measurement_type_concept_id INTEGER NOT NULL, value_as_number NUMERIC, value_as_concept_id INTEGER,
  range_low NUMERIC, range_high NUMERIC, provider_id INTEGER, visit_occurrence_id INTEGER,
  measurement_source_value TEXT, unit_source_value TEXT, value_source_value TEXT, source_name TEXT, ${status}
);
CREATE TABLE IF NOT EXISTS observation (
  observation_id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person (person_id),
  observation_concept_id INTEGER NOT NULL, observation_date TEXT NOT NULL, observation_datetime TEXT,
  observation_type_concept_id INTEGER NOT NULL, value_as_number NUMERIC, value_as_string TEXT,
  provider_id INTEGER, visit_occurrence_id INTEGER, observation_source_value TEXT, unit_source_value TEXT,
  qualifier_source_value TEXT, source_name TEXT, ${status}
);
CREATE TABLE IF NOT EXISTS procedure_occurrence (
  procedure_occurrence_id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person (person_id),
  procedure_concept_id INTEGER NOT NULL, procedure_date TEXT NOT NULL, procedure_datetime TEXT,
  procedure_end_datetime TEXT, procedure_type_concept_id INTEGER NOT NULL, provider_id INTEGER,
  visit_occurrence_id INTEGER, procedure_source_value TEXT, source_name TEXT, ${status}
);
CREATE TABLE IF NOT EXISTS note (
  note_id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person (person_id), note_date TEXT NOT NULL,
  note_datetime TEXT, note_type_concept_id INTEGER NOT NULL, note_class_concept_id INTEGER NOT NULL,
  note_title TEXT, note_text TEXT NOT NULL, provider_id INTEGER, visit_occurrence_id INTEGER,
  note_source_value TEXT, source_name TEXT, ${status}
);
CREATE INDEX IF NOT EXISTS visit_by_person ON visit_occurrence (person_id);
CREATE INDEX IF NOT EXISTS condition_by_person ON condition_occurrence (person_id);
CREATE INDEX IF NOT EXISTS drug_by_person ON drug_exposure (person_id);
CREATE INDEX IF NOT EXISTS measurement_by_person ON measurement (person_id);
CREATE INDEX IF NOT EXISTS observation_by_person ON observation (person_id);
CREATE INDEX IF NOT EXISTS procedure_by_person ON procedure_occurrence (person_id);
CREATE INDEX IF NOT EXISTS note_by_person ON note (person_id);
CREATE TABLE IF NOT EXISTS psychotherapy_note (
  note_id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, note_date TEXT NOT NULL, note_text TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS provider_private_note (
  note_id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL, note_date TEXT NOT NULL, note_text TEXT NOT NULL
);
`
