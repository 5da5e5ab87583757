//! The queue on the command line.

use super::{TINY, home, purrtrait, run};

#[test]
fn a_queue_is_filled_ordered_and_trained_and_the_exit_code_says_how_it_went() {
    let home = home();
    let say = |arguments: &str| run(purrtrait(&home, arguments));
    assert!(say("queue").expect(0).stdout.contains("0 trainings, 0 to come"));
    let endless = say(&format!("queue add demo {TINY} --name endless")).expect(0);
    assert!(endless.stderr.contains("no limit") && endless.stderr.contains("queue limit 1 --steps"), "{endless:?}");
    say(&format!("queue add demo {TINY} --steps 4 --lr-d 1e-4 --out second --name second")).expect(0);
    say("queue limit 1 --steps 3").expect(0);
    say("queue rename 1 first").expect(0);
    let list = say("queue move 2 1").expect(0).stdout;
    let (second, first) = (list.find("1. second: waiting"), list.find("2. first: waiting"));
    assert!(second.is_some() && first.is_some(), "{list}");
    assert!(list.contains("until 4 steps") && list.contains("Discriminator learning rate 1e-4"), "{list}");
    say("queue move 2 1").expect(0);
    let done = say("queue run --json").expect(0);
    let ends: Vec<u64> = done.events("ended").iter().map(|end| end["step"].as_u64().unwrap()).collect();
    assert_eq!(ends, [3, 4]);
    let end = done.lines().pop().unwrap();
    assert_eq!((&end["event"], &end["reason"], &end["trained"]), (&"queue-ended".into(), &"through".into(), &2.into()));
    let list = say("queue").expect(0).stdout;
    assert!(list.contains("1. first: done at step 3") && list.contains("2. second: done at step 4"), "{list}");
    // One that fails is marked, the next one is trained, and the exit code tells.
    say("queue clear --over").expect(0);
    say(&format!("queue add demo {TINY} --steps 4 --out second")).expect(0);
    say("queue resume second --steps 6 --name longer").expect(0);
    let done = say("queue run").expect(1);
    assert!(done.stderr.contains("1 training finished, 1 failed"), "{done:?}");
    let list = say("queue").expect(0).stdout;
    assert!(list.contains("failed: ") && list.contains("2. longer: done at step 6"), "{list}");
    let wrong = say("queue remove 7").expect(2);
    assert!(wrong.stderr.contains("there is no entry 7") && wrong.stderr.contains("1 to 2"), "{wrong:?}");
    say("queue again 1").expect(0);
    say("queue remove 1").expect(0);
    let list = say("queue clear --json").expect(0).json();
    assert_eq!(list["entries"].as_array().map(Vec::len), Some(0), "{list}");
    let wrong = say("queue resume no-such-run");
    assert!(wrong.code == Some(6) && wrong.stderr.contains("no-such-run"), "{wrong:?}");
}

/// Ctrl+C saves, and leaves the rest; a second program is told off, and may change the list meanwhile.
#[cfg(unix)]
#[test]
fn ctrl_c_leaves_the_queue_as_it_is_and_two_programs_do_not_run_it() {
    use super::{rest, signal, start_and_wait_for};
    let home = home();
    let say = |arguments: &str| run(purrtrait(&home, arguments));
    say(&format!("queue add demo {TINY} --out run --name long")).expect(0);
    let (child, lines) = start_and_wait_for(purrtrait(&home, "queue run --json"), "metrics");
    let other = say("queue run").expect(6);
    assert!(other.stderr.contains("Another program runs the queue"), "{other:?}");
    say("queue remove 1").expect(1);
    let list = say(&format!("queue add demo {TINY} --steps 2 --name after")).expect(0).stdout;
    assert!(list.contains("1. long: under way") && list.contains("another program runs the queue"), "{list}");
    signal(&child, "INT");
    let done = rest(child, lines).expect(130);
    assert_eq!(done.lines().pop().unwrap()["reason"], "paused", "{done:?}");
    let step = done.events("saved").last().unwrap()["step"].as_u64().unwrap();
    let list = say("queue").expect(0).stdout;
    assert!(list.contains("1. long: interrupted") && list.contains("2. after: waiting"), "{list}");
    say(&format!("queue limit 1 --steps {}", step + 2)).expect(0);
    let done = say("queue run --json").expect(0);
    assert_eq!(done.events("started")[0]["first_step"], step);
    let ends: Vec<u64> = done.events("ended").iter().map(|end| end["step"].as_u64().unwrap()).collect();
    assert_eq!(ends, [step + 2, 2]);
}

/// A queue that was killed goes on where it was.
#[cfg(unix)]
#[test]
fn a_killed_queue_is_resumed_first_of_all() {
    use super::{rest, signal, start_and_wait_for};
    let home = home();
    let say = |arguments: &str| run(purrtrait(&home, arguments));
    say(&format!("queue add demo {TINY} --out run --checkpoint-every 1")).expect(0);
    let (child, lines) = start_and_wait_for(purrtrait(&home, "queue run --json"), "saved");
    signal(&child, "KILL");
    rest(child, lines);
    assert!(say("queue").expect(0).stdout.contains("interrupted"));
    let (child, lines) = start_and_wait_for(purrtrait(&home, "queue run --json"), "metrics");
    signal(&child, "TERM");
    let done = rest(child, lines).expect(130);
    assert!(done.lines().iter().all(|line| line["reason"] != "failed"), "{done:?}");
}
