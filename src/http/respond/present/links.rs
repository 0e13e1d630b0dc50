//! Presents links.

use super::Present;
use crate::domain::link::Link;
use crate::wire;

impl Present {
    /// Presents a link.
    pub(in crate::http) fn link(&self, link: &Link) -> wire::links::Link {
        wire::links::Link {
            link_id: link.id.to_string(),
            link_url: self.link_url(link.id),
            exchange_url: format!("{}/v1/links/{}", self.origin, link.id),
            label: link.label.as_ref().map(|label| label.as_str().into()),
            created_at: self.time(link.created_at),
            expires_at: self.time(link.expires_at),
            revoked_at: link.revoked_at.map(|moment| self.time(moment)),
            max_uses: link.max_uses,
            uses: link.uses,
            auto_approve: link.auto_approve,
        }
    }
}
