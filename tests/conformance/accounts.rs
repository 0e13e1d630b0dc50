//! Accounts: creation, names, search, password, suspension.

use std::sync::Arc;

use parlor::domain::account::{AccountChange, Login};
use parlor::domain::email::EmailAddress;
use parlor::domain::id::AccountId;
use parlor::domain::limits::Limits;
use parlor::domain::pagination::NamedPage;
use parlor::domain::password::PasswordHash;
use parlor::domain::search_term::SearchTerm;
use parlor::domain::session::SessionEnd;
use parlor::store::accounts::{Listed, NoAccount, NotCreated, Standing};
use parlor::store::sessions::NotSignedIn;
use tokio::task::JoinSet;

use crate::backends::Backend;
use crate::fixture::{Fixture, done, key, name};
use crate::people::{ends, username};

impl Fixture {
    /// Returns the usernames of a page, and whether more follow.
    async fn page(&self, listed: Listed, search: Option<&str>, after: Option<&str>, limit: usize) -> (Vec<String>, bool) {
        let search = search.map(|text| SearchTerm::parse(text).unwrap());
        let page = NamedPage { after: after.map(username), limit };
        let page = self.store.list_accounts(listed, search.as_ref(), page).await.unwrap();
        (page.items.iter().map(|account| account.username.as_str().to_owned()).collect(), page.has_more)
    }

    /// Returns the usernames that others find with a search.
    async fn found(&self, search: &str) -> Vec<String> {
        self.page(Listed::Findable, Some(search), None, 100).await.0
    }
}

async fn one_of_fifty_gets_a_name_in_whatever_case(backend: Backend) {
    let fixture = Arc::new(Fixture::set(backend).await);
    let sign_ups = (0..50).map(|number| {
        let fixture = fixture.clone();
        async move {
            let called = if number % 2 == 0 { "ana.b" } else { "ANA.b" };
            fixture.creates_account(fixture.new_account(called)).await.map(|created| created.value.id)
        }
    });
    let results = sign_ups.collect::<JoinSet<_>>().join_all().await;
    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 49));
    assert!(lost.into_iter().all(|lost| lost == Err(NotCreated::UsernameTaken)));
    let found = fixture.store.find_username(&username("Ana.B")).await.unwrap().unwrap();
    assert_eq!(Ok(found.id), won[0]);
    assert_eq!(fixture.store.count_accounts().await.unwrap(), 1);
}

async fn a_username_is_never_given_again(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.signs_up("ana").await;
    fixture.deletes(&ana).await;
    assert_eq!(fixture.store.count_accounts().await.unwrap(), 0);
    assert!(fixture.store.find_account(ana.id).await.unwrap().is_none());
    assert!(fixture.store.find_username(&ana.username).await.unwrap().is_none());
    assert!(fixture.store.find_login(&Login::parse("ana").unwrap()).await.unwrap().is_none());
    assert!(fixture.store.password_of(ana.id).await.unwrap().is_none());
    assert!(fixture.found("an").await.is_empty());
    assert_eq!(fixture.creates_account(fixture.new_account("Ana")).await.unwrap_err(), NotCreated::UsernameTaken);
    assert_eq!(done(fixture.store.delete_account(ana.id, fixture.now()).await), Err(NoAccount));
}

async fn a_node_has_so_many_accounts(backend: Backend) {
    let fixture = Fixture::within(backend, Limits { total_users: 2, ..Limits::default() }).await;
    let (ana, _) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await);
    assert_eq!(fixture.creates_account(fixture.new_account("cleo")).await.unwrap_err(), NotCreated::NodeFull);
    fixture.deletes(&ana).await;
    fixture.signs_up("cleo").await;
}

async fn the_same_key_creates_one_account(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let creates = async |body| {
        let new = fixture.new_account("ana");
        fixture.creates_account(parlor::store::accounts::NewAccount { key: Some(key("a", body)), ..new }).await
    };
    let (first, again) = (creates("1").await.unwrap(), creates("1").await.unwrap());
    assert_eq!((first.replayed, again.replayed, again.value.id), (false, true, first.value.id));
    assert_eq!(creates("2").await.unwrap_err(), NotCreated::KeyReused);
    fixture.deletes(&first.value).await;
    assert_eq!(creates("1").await.unwrap_err(), NotCreated::UsernameTaken, "the result of a deleted account is not repeated");
}

async fn an_account_is_found_by_its_id_its_username_and_its_login(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let email = EmailAddress::parse("ana@example.org").unwrap();
    let ana = fixture.signs_up_so("ana", |account| account.email.address = Some(email.clone())).await;
    assert_eq!(fixture.store.find_account(ana.id).await.unwrap().unwrap().username, ana.username);
    assert_eq!(fixture.store.find_username(&ana.username).await.unwrap().unwrap().id, ana.id);
    let login = fixture.store.find_login(&Login::parse("ANA").unwrap()).await.unwrap().unwrap();
    assert_eq!((login.account.id, login.password.as_str()), (ana.id, "first"));
    assert!(fixture.store.find_login(&Login::Email(email)).await.unwrap().is_none(), "an address that is not verified signs nobody in");
    assert!(fixture.store.find_account(AccountId::NIL).await.unwrap().is_none());
    assert!(fixture.store.find_username(&username("anna")).await.unwrap().is_none());
}

async fn others_find_who_wants_to_be_found(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    for called in ["cleo", "ana", "dan"] {
        fixture.signs_up(called).await;
    }
    fixture.signs_up_so("ben", |account| account.settings.findable = false).await;
    assert_eq!(fixture.page(Listed::Findable, None, None, 9).await, (vec!["ana".into(), "cleo".into(), "dan".into()], false));
    assert_eq!(fixture.page(Listed::All, None, None, 2).await, (vec!["ana".into(), "ben".into()], true));
    assert_eq!(fixture.page(Listed::All, None, Some("ben"), 2).await, (vec!["cleo".into(), "dan".into()], false));
    assert_eq!(fixture.page(Listed::All, None, Some("bb"), 1).await, (vec!["ben".into()], true), "a cursor need not exist");
    assert!(fixture.found("ben").await.is_empty());
    assert_eq!(fixture.page(Listed::All, Some("ben"), None, 9).await.0, ["ben"]);
}

async fn a_search_finds_the_beginning_of_a_username_or_of_a_word_of_a_name(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.signs_up_so("ana.bee", |account| account.name = name("Zoë van Äpfel")).await;
    fixture.signs_up_so("van-2", |account| account.name = name("Ana")).await;
    assert_eq!(fixture.found("an").await, ["ana.bee", "van-2"]);
    assert_eq!(fixture.found("VAN").await, ["ana.bee", "van-2"]);
    assert_eq!(fixture.found("äPf").await, ["ana.bee"]);
    for elsewhere in ["be", "pfel", "oë", "zz"] {
        assert!(fixture.found(elsewhere).await.is_empty(), "{elsewhere}");
    }
    let change = AccountChange { name: Some(name("Pia")), ..AccountChange::default() };
    let changed = done(fixture.store.update_account(ana.id, change, fixture.now()).await).unwrap();
    assert_eq!((changed.name.as_str(), &changed.username), ("Pia", &ana.username));
    assert_eq!(fixture.found("pi").await, ["ana.bee"]);
    assert!(fixture.found("zo").await.is_empty());
    let hides = AccountChange { findable: Some(false), ..AccountChange::default() };
    done(fixture.store.update_account(ana.id, hides.clone(), fixture.now()).await).unwrap();
    assert!(fixture.found("pi").await.is_empty());
    assert_eq!(done(fixture.store.update_account(AccountId::NIL, hides, fixture.now()).await).unwrap_err(), NoAccount);
}

/// Names and usernames that overlap in every way, those of one word together late in the order; some are hidden.
async fn pages_of_a_search_are_those_of_all_accounts_in_order(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (first, second) = (["ana", "anna", "han", "hanna", "zoe"], ["hana", "an", "banan", "ana", "zan"]);
    let mut accounts = Vec::new();
    for number in 0..200_usize {
        let called = format!("{}.{number}", first[number % 5]);
        let shown = format!("{} {}", second[number / 5 % 5], second[number / 25 % 5]);
        let findable = number % 7 != 3;
        fixture.signs_up_so(&called, |account| (account.name, account.settings.findable) = (name(&shown), findable)).await;
        accounts.push((called, shown, findable));
    }
    accounts.sort();
    for term in ["an", "ana", "han", "hana", "zo", "za", "ban", "hanna.1", "nothing"] {
        let matches = |called: &str, shown: &str| called.starts_with(term) || shown.split(' ').any(|word| word.starts_with(term));
        let model = accounts.iter().filter(|(called, shown, findable)| *findable && matches(called, shown)).map(|(called, ..)| called.clone());
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let (page, has_more) = fixture.page(Listed::Findable, Some(term), after.as_deref(), 7).await;
            after = page.last().cloned();
            found.extend(page);
            if !has_more {
                break;
            }
        }
        assert_eq!(found, model.collect::<Vec<_>>(), "{term}");
    }
}

async fn a_search_with_thousands_of_matches_is_paged_alike(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    for number in 0..2_100 {
        fixture.signs_up_so(&format!("u{number:04}"), |account| account.name = name(&format!("Kim {number}"))).await;
    }
    fixture.signs_up("other").await;
    let mut all = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let (page, has_more) = fixture.page(Listed::Findable, Some("kim"), after.as_deref(), 200).await;
        assert!(page.len() == 200 || !has_more);
        after = page.last().cloned();
        all.extend(page);
        if !has_more {
            break;
        }
    }
    assert_eq!(all, (0..2_100).map(|number| format!("u{number:04}")).collect::<Vec<_>>());
    assert_eq!(fixture.page(Listed::Findable, Some("u209"), Some("u2098"), 9).await, (vec!["u2099".into()], false));
}

/// Five thousand different words begin alike; those who have them come late in the order, behind more accounts than are looked at one by one.
async fn a_search_for_what_thousands_of_words_begin_with_is_paged_alike(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (others, all) = (4_200, 9_400);
    for number in 0..all {
        let shown = if number < others || number % 10 == 0 { "Other".into() } else { format!("Pia kim{number}") };
        fixture.signs_up_so(&format!("u{number:04}"), |account| account.name = name(&shown)).await;
    }
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let (page, has_more) = fixture.page(Listed::Findable, Some("kim"), after.as_deref(), 200).await;
        after = page.last().cloned();
        found.extend(page);
        if !has_more {
            break;
        }
    }
    assert_eq!(found, (others..all).filter(|number| number % 10 != 0).map(|number| format!("u{number:04}")).collect::<Vec<_>>());
    let (page, has_more) = fixture.page(Listed::Findable, Some("kim"), Some("u8998"), 2).await;
    assert_eq!((page, has_more), (vec!["u8999".into(), "u9001".into()], true));
}

async fn a_new_password_ends_all_sessions_but_one(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let (ana, ben) = (fixture.signs_up("ana").await, fixture.signs_up("ben").await);
    let [first, kept, third] = [fixture.signs_in(&ana).await, fixture.signs_in(&ana).await, fixture.signs_in(&ana).await];
    let bens = fixture.signs_in(&ben).await;
    let set = async |kept| fixture.store.set_password(ana.id, PasswordHash::from_phc("second"), kept, fixture.now()).await.unwrap();
    let ended = ends(&set(Some(kept.id)).await.unwrap().into_parts().1);
    assert_eq!(ended, [(first.id, SessionEnd::Password), (third.id, SessionEnd::Password)]);
    assert_eq!(fixture.sessions(&ana).await, [kept.id]);
    assert_eq!(fixture.store.password_of(ana.id).await.unwrap().unwrap().as_str(), "second");
    assert_eq!(ends(&set(None).await.unwrap().into_parts().1), [(kept.id, SessionEnd::Password)]);
    assert_eq!(fixture.sessions(&ben).await, [bens.id]);
    assert_eq!(fixture.store.password_of(ben.id).await.unwrap().unwrap().as_str(), "first");
    let nobodys = fixture.store.set_password(AccountId::NIL, PasswordHash::from_phc("x"), None, fixture.now()).await;
    assert_eq!(done(nobodys), Err(NoAccount));
}

async fn who_is_suspended_cannot_sign_in_until_that_is_lifted(backend: Backend) {
    let fixture = Fixture::set(backend).await;
    let ana = fixture.signs_up("ana").await;
    let session = fixture.signs_in(&ana).await;
    let set = async |standing| fixture.store.set_standing(ana.id, standing, fixture.now()).await.unwrap().unwrap().into_parts().1;
    let since = async || fixture.store.find_account(ana.id).await.unwrap().unwrap().suspended_at;
    let began = fixture.now();
    assert_eq!(ends(&set(Standing::Suspended).await), [(session.id, SessionEnd::Suspended)]);
    assert_eq!(fixture.tries_to_sign_in(ana.id).await.unwrap_err(), NotSignedIn::Suspended);
    fixture.later(std::time::Duration::from_mins(1));
    assert!(ends(&set(Standing::Suspended).await).is_empty());
    assert_eq!(since().await, Some(began), "it is suspended since the first time");
    assert_eq!(fixture.page(Listed::Findable, None, None, 9).await.0, ["ana"], "it is shown as before");
    assert!(ends(&set(Standing::Active).await).is_empty());
    assert_eq!(since().await, None);
    fixture.signs_in(&ana).await;
    assert_eq!(done(fixture.store.set_standing(AccountId::NIL, Standing::Suspended, fixture.now()).await), Err(NoAccount));
}

checks!(
    one_of_fifty_gets_a_name_in_whatever_case,
    a_username_is_never_given_again,
    a_node_has_so_many_accounts,
    the_same_key_creates_one_account,
    an_account_is_found_by_its_id_its_username_and_its_login,
    others_find_who_wants_to_be_found,
    a_search_finds_the_beginning_of_a_username_or_of_a_word_of_a_name,
    pages_of_a_search_are_those_of_all_accounts_in_order,
    a_search_with_thousands_of_matches_is_paged_alike,
    a_search_for_what_thousands_of_words_begin_with_is_paged_alike,
    a_new_password_ends_all_sessions_but_one,
    who_is_suspended_cannot_sign_in_until_that_is_lifted,
);
