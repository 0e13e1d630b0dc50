//! Presents receipts.

use super::Present;
use super::members::member;
use crate::domain::receipt::{MemberReceipt, MessageStatus, Receipt, ReceiptViewer, RecipientReceipt};
use crate::wire;

pub(in crate::http) const fn receipt(receipt: Receipt) -> wire::receipts::Receipt {
    wire::receipts::Receipt { delivered: receipt.delivered, read: receipt.read }
}

/// Presents the receipt of a member as this viewer sees it.
pub(in crate::http) fn member_receipt(viewer: ReceiptViewer, of: &MemberReceipt) -> wire::receipts::MemberReceipt {
    wire::receipts::MemberReceipt { member: member(&of.member), delivered: of.receipt.delivered, read: viewer.read_of(of) }
}

pub(in crate::http) const fn message_status(status: MessageStatus) -> wire::messages::MessageStatus {
    match status {
        MessageStatus::Sent => wire::messages::MessageStatus::Sent,
        MessageStatus::Delivered => wire::messages::MessageStatus::Delivered,
        MessageStatus::Read => wire::messages::MessageStatus::Read,
    }
}

impl Present {
    /// Presents what a recipient did with a message.
    pub(in crate::http) fn recipient_receipt(&self, of: &RecipientReceipt) -> wire::receipts::RecipientReceipt {
        wire::receipts::RecipientReceipt {
            member: member(&of.member),
            delivered: of.delivered,
            read: of.read,
            delivered_at: of.delivered_at.map(|at| self.time(at)),
            read_at: of.read_at.map(|at| self.time(at)),
        }
    }
}
