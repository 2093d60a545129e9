//! Joins the answers of several units.
