//! A read over several data sources: one answer after the other, as one result (contract 4.10).

use crate::execute::{Downstream, Ending, Joined, write_ending};

use super::error::Failure;
use super::routed::Routed;
use super::session_context::SessionContext;
use super::single::Given;
use super::walk::{Job, Kernel};

impl Kernel {
    /// Runs the units one by one; the client gets the columns of the first, the rows of all, and one end. An error
    /// behind rows takes the place of the rest.
    pub(super) async fn joined<D: Downstream>(
        &self,
        job: &Job<'_>,
        routed: &Routed,
        session: &mut SessionContext,
        client: &mut D,
    ) -> Result<(), Failure> {
        let joined = Joined::default();
        let mut diagnostics = Vec::new();
        let mut warnings: u16 = 0;
        let mut last = None;
        for unit in &routed.units {
            if session.switch.is_interrupted() {
                return Err(Failure::interrupted());
            }
            let ending = self
                .answered(
                    job,
                    routed,
                    (unit, Some(&joined)),
                    Given::Nothing,
                    session,
                    client,
                )
                .await?;
            let (Ending::Ok(ok) | Ending::End(ok)) = &ending else {
                continue;
            };
            if ok.warnings > 0 {
                diagnostics.append(&mut session.diagnostics);
            }
            warnings = warnings.saturating_add(ok.warnings);
            last = Some(ending);
        }
        session.found_rows = joined.rows();
        if warnings > 0 {
            session.diagnostics = diagnostics;
        }
        if let Some(mut ending) = last {
            if let Ending::Ok(ok) | Ending::End(ok) = &mut ending {
                ok.warnings = warnings;
            }
            write_ending(&ending, client, job.more_follow());
        }
        Ok(())
    }
}
