use super::*;

fn keepsake(x: f32) -> Arc<Keepsake> {
    Arc::new(Keepsake { kept_at: 0, ..Keepsake::new(vec![x].into(), 1.0, 0) })
}

fn with(count: usize) -> Favourites {
    let frame = Arc::new(Frame::filled(1, 1, [0; 3]));
    let mut favourites = Favourites::default();
    for i in 0..count {
        assert_eq!(favourites.add(vec![(keepsake(i as f32), frame.clone())], 1), 1);
        assert_eq!(favourites.add(vec![(keepsake(i as f32), frame.clone())], 1), 0, "it is kept already");
    }
    favourites
}

#[test]
fn there_is_no_limit_and_eight_lie_apart_on_the_canvas() {
    assert_eq!(Favourites::default().spec(), None);
    let mut favourites = with(MOST + 3);
    assert_eq!((favourites.list.len(), favourites.on_canvas().count()), (MOST + 3, MOST));
    let at: Vec<[f32; 2]> = favourites.on_canvas().map(|(.., at)| at).collect();
    for (i, a) in at.iter().enumerate() {
        assert!(at[..i].iter().all(|b| (a[0] - b[0]).hypot(a[1] - b[1]) > 0.2));
    }
    let Some(LatentSpec::Between { points, at }) = favourites.spec() else { panic!() };
    assert_eq!((points.len(), at), (MOST, [0.5; 2]));
    favourites.place(&[0, 1], false);
    favourites.place(&[8, 9, 10], true);
    let on: Vec<usize> = favourites.on_canvas().map(|(i, ..)| i).collect();
    assert_eq!(on, [2, 3, 4, 5, 6, 7, 8, 9], "one found no room");
}

#[test]
fn arithmetic_needs_all_three() {
    let mut favourites = with(3);
    for i in 0..3 {
        assert_eq!(favourites.arithmetic(), None);
        favourites.list[i].slot = Some(i);
    }
    let latent = |i: usize| vec![favourites.list[i].kept.latent.clone()];
    let spec = LatentSpec::Arithmetic { a: latent(0), b: latent(1), c: latent(2) };
    assert_eq!(favourites.arithmetic(), Some(spec));
}

#[test]
fn what_was_removed_comes_back() {
    let mut favourites = with(5);
    favourites.selected = Some(4);
    assert_eq!(favourites.remove(&[1, 4]), 2);
    assert_eq!((favourites.list.len(), favourites.selected), (3, Some(2)));
    assert_eq!(favourites.undo_remove(), 2);
    assert_eq!(favourites.undo_remove(), 0);
    let order: Vec<f32> = favourites.list.iter().map(|f| f.kept.latent[0]).collect();
    assert_eq!(order, [0.0, 2.0, 3.0, 1.0, 4.0]);
    favourites.remove(&[0, 1, 2, 3, 4]);
    assert_eq!((favourites.list.len(), favourites.selected), (0, None));
}

#[test]
fn only_those_in_sight_are_drawn_and_again_with_newer_weights() {
    let mut favourites = Favourites::default();
    favourites.take((0..5000).map(|i| keepsake(i as f32)).collect());
    assert_eq!(favourites.request(1), None, "none is in sight");
    let see = |favourites: &mut Favourites, from: usize| (from..from + 3).for_each(|i| favourites.see(i));
    see(&mut favourites, 40);
    let (stamp, specs, psi) = favourites.request(1).unwrap();
    assert_eq!((specs.len(), psi), (3, 1.0));
    see(&mut favourites, 40);
    assert_eq!(favourites.request(1), None, "they are on their way");
    let frame = Arc::new(Frame::filled(1, 1, [0; 3]));
    let drawn: Vec<_> = (40..43).map(|i| (Latent::from([i as f32]), frame.clone())).collect();
    favourites.drawn(stamp, 1, &drawn);
    see(&mut favourites, 40);
    assert_eq!(favourites.request(1), None, "they are here");
    see(&mut favourites, 4000);
    assert!(favourites.request(1).is_some(), "others are in sight");
    see(&mut favourites, 40);
    assert!(favourites.request(2).is_some(), "a training has gone on");
}

/// Those farthest from sight are given up, as few as there are too many; those in sight never.
#[test]
fn pictures_out_of_sight_are_given_up_a_few_at_a_time() {
    let mut favourites = Favourites::default();
    favourites.take((0..5000).map(|i| keepsake(i as f32)).collect());
    let frame = Arc::new(Frame::filled(1, 1, [0; 3]));
    let held = |favourites: &Favourites| {
        let of = |(i, f): (usize, &Favourite)| f.frame().map(|_| i);
        favourites.list.iter().enumerate().filter_map(of).collect::<Vec<_>>()
    };
    for from in (0..4000).step_by(40).chain((0..4000).step_by(40).rev()) {
        (from..from + 40).for_each(|i| favourites.see(i));
        if let Some((stamp, specs, _)) = favourites.request(1) {
            let latent = |spec| if let LatentSpec::Latent(latent) = spec { latent } else { unreachable!() };
            let drawn: Vec<_> = specs.into_iter().map(|spec| (latent(spec), frame.clone())).collect();
            let before = held(&favourites).len();
            favourites.drawn(stamp, 1, &drawn);
            assert!(before.saturating_sub(held(&favourites).len()) <= 40, "never many at once");
        }
        let held = held(&favourites);
        assert!(held.len() <= 1500 && (from..from + 40).all(|i| held.binary_search(&i).is_ok()), "at {from}");
        let far = held.iter().filter(|i| i.abs_diff(from) > 1600 && **i < 4992).count();
        assert_eq!(far, 0, "at {from}");
    }
}

#[test]
fn names_are_kept_and_found() {
    let mut favourites = with(3);
    favourites.describe(1).unwrap().name = " Minka ".into();
    favourites.describe(2).unwrap().notes = "looks to the left".into();
    favourites.described();
    assert_eq!([0, 1, 2].map(|i| favourites.label(i)), ["Favourite 1", "Minka", "Favourite 3"]);
    favourites.filter = "mink".into();
    assert_eq!(favourites.listed(), [1]);
    favourites.filter = "LEFT".into();
    assert_eq!(favourites.listed(), [2]);
    // Opened again, it is the same, with its place on the canvas.
    let at = favourites.list[1].at;
    let list: Vec<_> = favourites.list.iter().map(|f| f.kept.clone()).collect();
    favourites.take(list);
    assert_eq!((favourites.label(1), favourites.list[1].at), ("Minka".to_owned(), at));
}
