//! Groups: names, coming and going, roles, handing over.

use std::sync::Arc;

use parlor::domain::account::{Account, DirectMessages};
use parlor::domain::chat::{Admission, Chat, ChatChange, ChatKind};
use parlor::domain::event_log::{DoorChange, Event};
use parlor::domain::group::{Group, GroupMember, MembershipStatus, NAME_RELEASE};
use parlor::domain::id::MemberId;
use parlor::domain::limits::Limits;
use parlor::domain::member::{LeaveReason, Member, Role};
use parlor::store::chats::NotUpdated;
use parlor::store::groups::{Came, Coming, NewGroup, NotCome, NotGrouped, RoleNotChanged};
use parlor::store::knocks::NotKnocked;
use parlor::store::members::NotRemoved;

use crate::account_fixture::NAMED;
use crate::assertions::ALL;
use crate::backends::Backend;
use crate::fixture::{Fixture, Hosted, done, key};
use crate::people::{principal, username};

const LEADER: MemberId = MemberId::OWNER;

impl Fixture {
    fn new_group(&self, owner: &Account, name: &str, members: &[&Account]) -> NewGroup {
        let group = Group { name: username(name), description: None, members: 0 };
        let chat = Chat {
            kind: ChatKind::Group,
            group: Some(Arc::new(group)),
            admission: Admission::Invite,
            expires_in: None,
            expires_at: parlor::domain::clock::Timestamp::NEVER,
            ..self.new_chat().chat
        };
        NewGroup { chat, door: self.link_id(), owner: owner.id, members: members.iter().map(|member| member.id).collect(), key: None }
    }

    async fn founds(&self, new: NewGroup) -> Result<Hosted, NotGrouped> {
        let opened = done(self.store.create_group(new, self.now()).await)?.value;
        Ok(Hosted { id: opened.chat.id, owner: opened.owner, author: opened.author })
    }

    async fn adds(&self, group: &Hosted, account: &Account, by: MemberId) -> Result<Came, NotCome> {
        done(self.store.come_into_group(group.id, account.id, Coming::AddedBy(by), self.now()).await)
    }

    async fn joins(&self, group: &Hosted, account: &Account) -> Result<Came, NotCome> {
        done(self.store.come_into_group(group.id, account.id, Coming::Joining, self.now()).await)
    }

    async fn gives_role(&self, group: &Hosted, member: MemberId, role: Role, by: MemberId) -> Result<Arc<Member>, RoleNotChanged> {
        done(self.store.change_role(group.id, member, role, by, self.now()).await)
    }

    async fn group_members(&self, group: &Hosted, status: MembershipStatus) -> Vec<GroupMember> {
        self.store.list_group_members(group.id, status, ALL, self.now()).await.unwrap().unwrap().items
    }

    async fn roles(&self, group: &Hosted) -> Vec<(u32, Role)> {
        self.group_members(group, MembershipStatus::Active).await.iter().map(|one| (one.member.id.0, one.member.role)).collect()
    }

    /// Creates an account that lets everybody add it.
    async fn an_open_account(&self, called: &str) -> Account {
        let account = self.signs_up(called).await;
        self.accepts(&account, DirectMessages::Anyone).await;
        account
    }
}

/// A group of Ana's with Ben and Cleo, who let everybody add them.
async fn a_group(backend: Backend) -> (Fixture, Hosted, [Account; 3]) {
    let fixture = Fixture::set(backend).await;
    let all = [fixture.signs_up("ana").await, fixture.an_open_account("ben").await, fixture.an_open_account("cleo").await];
    let group = fixture.founds(fixture.new_group(&all[0], "team", &[&all[1], &all[2]])).await.unwrap();
    (fixture, group, all)
}

async fn a_group_begins_with_its_members(backend: Backend) {
    let (fixture, group, [ana, ben, cleo]) = a_group(backend).await;
    assert_eq!(fixture.said(&group).await, ["joined", "joined", "joined"]);
    assert_eq!(fixture.roles(&group).await, [(1, Role::Owner), (2, Role::Member), (3, Role::Member)]);
    let members = fixture.group_members(&group, MembershipStatus::Active).await;
    assert!(members[0].added_by.is_none() && members[1].added_by.as_ref().unwrap().id == LEADER);
    let seen = fixture.sees(&group).await.unwrap();
    assert_eq!((seen.kind, seen.group.unwrap().members, seen.expires_in), (ChatKind::Group, 3, None));
    assert_eq!(fixture.store.find_group(&username("team")).await.unwrap(), Some(group.id));
    for account in [&ana, &ben, &cleo] {
        assert!(fixture.seat(&group, principal(account)).await.is_some());
        assert_eq!(fixture.store.chats_of(account.id).await.unwrap(), [group.id]);
    }
}

async fn all_are_added_or_none(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, ben, cleo) = (fixture.signs_up("ana").await, fixture.an_open_account("ben").await, fixture.signs_up("cleo").await);
    let refused = fixture.founds(fixture.new_group(&ana, "team", &[&ben, &cleo])).await.unwrap_err();
    assert_eq!(refused, NotGrouped::NotAccepted(vec![cleo.username.clone()]));
    assert!(fixture.store.find_group(&username("team")).await.unwrap().is_none());
    assert!(fixture.store.chats_of(ben.id).await.unwrap().is_empty());
    assert_eq!(fixture.store.usage().await.unwrap().chats, 0);
    fixture.befriend(ana.id, cleo.id).await;
    fixture.founds(fixture.new_group(&ana, "team", &[&ben, &cleo])).await.unwrap();
}

async fn a_name_is_free_thirty_days_after_it_was_given_up(backend: Backend) {
    let (fixture, group, [ana, ben, _]) = a_group(backend).await;
    for used in [None, Some(key("k", "team"))] {
        let new = NewGroup { key: used, ..fixture.new_group(&ben, "team", &[]) };
        assert_eq!(fixture.founds(new).await.unwrap_err(), NotGrouped::NameTaken);
    }
    let other = fixture.founds(fixture.new_group(&ana, "other", &[])).await.unwrap();
    let rename = |name: &str| ChatChange { name: Some(username(name)), ..ChatChange::default() };
    assert_eq!(fixture.changes(&other, rename("team")).await.unwrap_err(), NotUpdated::NameTaken);
    let renamed = fixture.changes(&group, rename("crew")).await.unwrap();
    assert_eq!(renamed.group.unwrap().name, username("crew"));
    assert_eq!(fixture.store.find_group(&username("crew")).await.unwrap(), Some(group.id));
    fixture.closes(&group).await.unwrap();
    for name in ["team", "crew"] {
        assert_eq!(fixture.founds(fixture.new_group(&ana, name, &[])).await.unwrap_err(), NotGrouped::NameTaken);
    }
    fixture.later(NAME_RELEASE);
    fixture.clears(100).await;
    for name in ["team", "crew"] {
        fixture.founds(fixture.new_group(&ana, name, &[])).await.unwrap();
    }
}

async fn names_that_were_given_up_are_held_until_they_are_free(backend: Backend) {
    let (fixture, group, [ana, ..]) = a_group(backend).await;
    for number in 0..100 {
        let name = username(&format!("team-{number}"));
        fixture.changes(&group, ChatChange { name: Some(name), ..ChatChange::default() }).await.unwrap();
    }
    fixture.closes(&group).await.unwrap();
    let held = fixture.store.usage().await.unwrap().held;
    fixture.later(NAME_RELEASE);
    fixture.clears(100).await;
    let freed = held - fixture.store.usage().await.unwrap().held;
    assert!(freed > 100 * 64, "{freed} bytes of 101 names");
    fixture.founds(fixture.new_group(&ana, "team-50", &[])).await.unwrap();
}

async fn who_left_comes_back_by_themselves_and_who_was_removed_by_being_added(backend: Backend) {
    let (fixture, group, [_, ben, cleo]) = a_group(backend).await;
    let (bens, cleos) = (MemberId(2), MemberId(3));
    let said = fixture.posts(&group, Some(&fixture.seat(&group, principal(&ben)).await.unwrap().member), "Hello").await.unwrap();
    fixture.removes(&group, bens, bens).await.unwrap();
    fixture.removes(&group, cleos, LEADER).await.unwrap();
    let gone = fixture.group_members(&group, MembershipStatus::Inactive).await;
    let removers: Vec<_> = gone.iter().map(|one| (one.member.id, one.removed_by.as_ref().unwrap().id)).collect();
    assert_eq!(removers, [(bens, bens), (cleos, LEADER)]);
    assert_eq!(fixture.adds(&group, &ben, LEADER).await.unwrap_err(), NotCome::NotAccepted);
    fixture.changes(&group, ChatChange { admission: Some(Admission::Open), ..ChatChange::default() }).await.unwrap();
    assert_eq!(fixture.joins(&group, &cleo).await.unwrap_err(), NotCome::NotAccepted);
    let link = fixture.shares(&group).await;
    assert_eq!(fixture.tries_to_knock_as(&link, &cleo).await.unwrap_err(), NotKnocked::NotAccepted);
    let back = fixture.joins(&group, &ben).await.unwrap();
    assert!(back.is_new && back.member.member.id == bens && back.member.removed_at.is_none(), "the same member");
    assert!(!fixture.joins(&group, &ben).await.unwrap().is_new);
    assert_eq!(fixture.adds(&group, &cleo, LEADER).await.unwrap().member.member.id, cleos);
    assert_eq!(fixture.roles(&group).await.len(), 3);
    let kept = &fixture.conversation(&group).await[usize::try_from(said.seq).unwrap() - 1];
    assert!(matches!(&kept.event, Event::Message(message) if message.member.as_ref().unwrap().id == bens));
}

async fn joining_follows_the_admission(backend: Backend) {
    let (fixture, group, _) = a_group(backend).await;
    let dora = fixture.signs_up("dora").await;
    for (admission, refusal) in [(Admission::Invite, Some(NotCome::Gone)), (Admission::Knock, Some(NotCome::NotAllowed)), (Admission::Open, None)] {
        fixture.changes(&group, ChatChange { admission: Some(admission), ..ChatChange::default() }).await.unwrap();
        assert_eq!(fixture.joins(&group, &dora).await.err(), refusal);
    }
    assert!(!fixture.sees(&group).await.unwrap().admits_visitors(), "who did not join reads nothing");
    assert_eq!(fixture.posts(&group, None, "Hello").await.unwrap_err(), parlor::store::messages::NotPosted::Gone);
}

async fn adding_needs_the_door_and_consent(backend: Backend) {
    let (fixture, group, [ana, ben, _]) = a_group(backend).await;
    let (dora, emil) = (fixture.signs_up("dora").await, fixture.an_open_account("emil").await);
    assert_eq!(fixture.adds(&group, &emil, MemberId(2)).await.unwrap_err(), NotCome::NotAllowed);
    assert_eq!(fixture.adds(&group, &dora, LEADER).await.unwrap_err(), NotCome::NotAccepted);
    fixture.blocks(emil.id, ana.id).await;
    assert_eq!(fixture.adds(&group, &emil, LEADER).await.unwrap_err(), NotCome::NotAccepted);
    fixture.gives_role(&group, MemberId(2), Role::Admin, LEADER).await.unwrap();
    fixture.adds(&group, &emil, MemberId(2)).await.expect("an admin adds, who is not blocked");
    fixture.blocks(ben.id, dora.id).await;
    assert_eq!(fixture.adds(&group, &dora, MemberId(2)).await.unwrap_err(), NotCome::BlockedByAdder);
}

async fn a_full_group_takes_no_one(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { members: 2, ..Limits::default() }).await;
    let (ana, ben, cleo) = (fixture.signs_up("ana").await, fixture.an_open_account("ben").await, fixture.an_open_account("cleo").await);
    let group = fixture.founds(fixture.new_group(&ana, "team", &[&ben])).await.unwrap();
    assert_eq!(fixture.adds(&group, &cleo, LEADER).await.unwrap_err(), NotCome::Full);
    assert!(fixture.store.chats_of(cleo.id).await.unwrap().is_empty());
}

async fn roles_are_given_by_the_owner(backend: Backend) {
    let (fixture, group, _) = a_group(backend).await;
    let (bens, cleos) = (MemberId(2), MemberId(3));
    assert_eq!(fixture.gives_role(&group, cleos, Role::Admin, bens).await.unwrap_err(), RoleNotChanged::NotAllowed);
    assert_eq!(fixture.gives_role(&group, LEADER, Role::Admin, LEADER).await.unwrap_err(), RoleNotChanged::OwnerIsFixed);
    fixture.gives_role(&group, bens, Role::Admin, LEADER).await.unwrap();
    let Event::MemberUpdated { member, by, door } = &fixture.conversation(&group).await.last().unwrap().event.clone() else { panic!() };
    assert_eq!((member.id, member.role, by.id, *door), (bens, Role::Admin, LEADER, DoorChange::Changed));
    let head = fixture.sees(&group).await.unwrap().head;
    fixture.gives_role(&group, bens, Role::Admin, LEADER).await.unwrap();
    assert_eq!(fixture.sees(&group).await.unwrap().head, head, "the same again is no entry");
    let link = fixture.shares(&group).await;
    let (guest, _) = fixture.enters(&link, "Guest").await;
    assert_eq!(fixture.gives_role(&group, guest.id, Role::Admin, LEADER).await.unwrap_err(), RoleNotChanged::NoAccount);
    fixture.gives_role(&group, cleos, Role::Owner, LEADER).await.unwrap();
    assert_eq!(fixture.roles(&group).await, [(1, Role::Admin), (2, Role::Admin), (3, Role::Owner), (4, Role::Member)]);
}

async fn admins_remove_members_and_no_one_above_them(backend: Backend) {
    let (fixture, group, _) = a_group(backend).await;
    let (bens, cleos) = (MemberId(2), MemberId(3));
    assert_eq!(fixture.removes(&group, cleos, bens).await.unwrap_err(), NotRemoved::NotAllowed);
    fixture.gives_role(&group, bens, Role::Admin, LEADER).await.unwrap();
    assert_eq!(fixture.removes(&group, LEADER, bens).await.unwrap_err(), NotRemoved::OwnerCannotLeave);
    fixture.removes(&group, cleos, bens).await.unwrap();
    let Event::MemberLeft { by, reason, .. } = &fixture.conversation(&group).await.last().unwrap().event.clone() else { panic!() };
    assert_eq!((by.id, *reason), (bens, LeaveReason::Removed));
}

async fn an_owner_who_leaves_hands_over(backend: Backend) {
    let (fixture, group, [_, ben, cleo]) = a_group(backend).await;
    let cleos = MemberId(3);
    fixture.gives_role(&group, cleos, Role::Admin, LEADER).await.unwrap();
    fixture.removes(&group, LEADER, LEADER).await.unwrap();
    assert_eq!(fixture.roles(&group).await, [(2, Role::Member), (3, Role::Owner)], "the admin comes before the one who has been there for longer");
    fixture.deletes(&cleo).await;
    assert_eq!(fixture.roles(&group).await, [(2, Role::Owner)]);
    assert_eq!(fixture.group_members(&group, MembershipStatus::Inactive).await.len(), 2);
    let link = fixture.shares_so(&group, |link| link.created_by = Some(MemberId(2))).await.unwrap();
    let waiting = fixture.knocks(&link, "Guest").await;
    let decision = parlor::domain::knock::Decision {
        knocks: parlor::domain::knock::KnockSelector::Sole(link.id),
        by: MemberId(2),
        verdict: parlor::domain::knock::Verdict::Approve,
        reason: None,
    };
    assert_eq!(done(fixture.store.decide_knocks(decision, fixture.now()).await).unwrap(), [waiting.knock.id]);
    fixture.removes(&group, MemberId(2), MemberId(2)).await.unwrap();
    assert!(fixture.sees(&group).await.is_none(), "no account is left");
    assert!(fixture.store.find_group(&username("team")).await.unwrap().is_none());
    assert!(fixture.store.chats_of(ben.id).await.unwrap().is_empty());
}

async fn a_group_ends_with_its_last_account(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.signs_up("ana").await;
    let group = fixture.founds(fixture.new_group(&ana, "team", &[])).await.unwrap();
    fixture.deletes(&ana).await;
    assert!(fixture.sees(&group).await.is_none());
    assert_eq!(fixture.store.usage().await.unwrap().chats, 0);
}

async fn groups_that_can_be_entered_are_listed_by_name(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.signs_up("ana").await;
    for (name, admission) in [("tennis", Admission::Open), ("chess", Admission::Knock), ("team", Admission::Invite), ("tea", Admission::Open)] {
        let mut new = fixture.new_group(&ana, name, &[]);
        new.chat.admission = admission;
        fixture.founds(new).await.unwrap();
    }
    let listed = async |prefix: &str, page| {
        let page = fixture.store.list_groups(ana.id, prefix, page, fixture.now()).await.unwrap();
        (page.items.into_iter().map(|view| view.chat.group.unwrap().name.as_str().to_owned()).collect::<Vec<_>>(), page.has_more)
    };
    assert_eq!(listed("", NAMED).await, (vec!["chess".into(), "tea".into(), "tennis".into()], false));
    assert_eq!(listed("te", NAMED).await.0, ["tea", "tennis"]);
    let after = |name: &str, limit| parlor::domain::pagination::NamedPage { after: Some(username(name)), limit };
    assert_eq!(listed("", after("chess", 1)).await, (vec!["tea".into()], true));
    assert_eq!(listed("te", after("tea", 5)).await, (vec!["tennis".into()], false));
}

checks!(
    a_group_begins_with_its_members,
    all_are_added_or_none,
    a_name_is_free_thirty_days_after_it_was_given_up,
    names_that_were_given_up_are_held_until_they_are_free,
    who_left_comes_back_by_themselves_and_who_was_removed_by_being_added,
    joining_follows_the_admission,
    adding_needs_the_door_and_consent,
    a_full_group_takes_no_one,
    roles_are_given_by_the_owner,
    admins_remove_members_and_no_one_above_them,
    an_owner_who_leaves_hands_over,
    a_group_ends_with_its_last_account,
    groups_that_can_be_entered_are_listed_by_name,
);
