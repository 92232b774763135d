package main

import "bytes"

type share struct {
	j        int
	share, r []byte
}

func multiply(a, b byte) byte {
	var product byte
	for ; b > 0; b >>= 1 {
		if b&1 == 1 {
			product ^= a
		}
		carry := a & 0x80
		a <<= 1
		if carry != 0 {
			a ^= 0x1b
		}
	}
	return product
}

func inverse(a byte) byte {
	result := byte(1)
	for range 254 {
		result = multiply(result, a)
	}
	return result
}

// combine is the value at 0 of the polynomial through the shares.
func combine(shares []share) []byte {
	secret := make([]byte, 32)
	for _, one := range shares {
		weight := byte(1)
		for _, other := range shares {
			if other.j != one.j {
				weight = multiply(weight, multiply(byte(other.j), inverse(byte(other.j)^byte(one.j))))
			}
		}
		for at := range secret {
			secret[at] ^= multiply(weight, one.share[at])
		}
	}
	return secret
}

func xor(a, b []byte) []byte {
	out := bytes.Clone(a)
	for at := range out {
		out[at] ^= b[at]
	}
	return out
}

// sharesOf are all shares that S gives under a policy.
func sharesOf(p *policy, seed, ctx []byte) []share {
	secret := seed
	if p.modes&modeJ != 0 {
		secret = xor(seed, expand(seed, ctx, "joint", nil, 32))
	}
	var all []share
	for j := 1; j <= p.n(); j++ {
		value, power := bytes.Clone(secret), byte(1)
		for t := 1; t < p.k; t++ {
			power = multiply(power, byte(j))
			for at, a := range expand(seed, ctx, "coef", u8(t), 32) {
				value[at] ^= multiply(a, power)
			}
		}
		all = append(all, share{j, value, expand(seed, ctx, "blind", u8(j), 32)})
	}
	return all
}

func shareCommitment(ctx []byte, s share) []byte {
	return labelled("sbe/1 share", ctx, u8(s.j), s.share, s.r)
}

func shareInfo(ctx []byte, j int) []byte { return cat([]byte("sbe/1 share\x00"), ctx, u8(j)) }

// build makes the envelope that S gives for a context and body lines.
func build(p *policy, context, seed []byte, bodies []bodyLine) []byte {
	ctx := labelled("sbe/1 context", context)
	raw := cat([]byte("SBE1"), v16(context), u8(p.k), u8(p.n()), expand(seed, ctx, "commit", nil, 32))
	for _, s := range sharesOf(p, seed, ctx) {
		t := p.trustees[s.j-1]
		eph := expand(seed, ctx, "eph", u8(s.j), ephSize[t.suite])
		sealed := wrap(t.suite, t.pk, eph, shareInfo(ctx, s.j), cat(u8(s.j), s.share, s.r))
		raw = cat(raw, u8(s.j), shareCommitment(ctx, s), v16(sealed))
	}
	raw = append(raw, u16(len(bodies))...)
	for _, line := range bodies {
		raw = cat(raw, u64(line.ctLen), line.root, line.pc)
	}
	if p.modes&modeJ == 0 {
		return append(raw, u16(0)...)
	}
	return cat(raw, u16(1), u16(1), v16(jointCommitment(ctx, jointOf(seed, ctx))))
}

func jointOf(seed, ctx []byte) share {
	return share{0, expand(seed, ctx, "joint", nil, 32), expand(seed, ctx, "bblind", nil, 32)}
}

func jointCommitment(ctx []byte, half share) []byte {
	return labelled("sbe/1 bshare", ctx, half.share, half.r)
}

// turn is a trustee's: the share that its key gives, if it gives a good one, and whether the key is its own.
func turn(p *policy, e *envelope, j int, sk []byte) (found *share, known bool) {
	if j < 1 || j > p.n() || j > len(e.shares) {
		return nil, false
	}
	t, line := p.trustees[j-1], e.shares[j-1]
	text, known := unwrap(t.suite, t.pk, sk, shareInfo(e.ctx, j), line.sealed)
	if len(text) != 65 || int(text[0]) != j {
		return nil, known
	}
	s := share{j, text[1:33], text[33:]}
	if !bytes.Equal(shareCommitment(e.ctx, s), line.c) {
		return nil, known
	}
	return &s, known
}

type proof struct {
	j  int
	sk []byte
}

type answers struct {
	releases   []share
	seed       []byte
	half       *share
	complaints []proof
}

// seedOf is step 1 of 3.6: S, or the verdict that stands instead.
func seedOf(p *policy, e *envelope, a answers) ([]byte, string) {
	for _, c := range a.complaints {
		if found, known := turn(p, e, c.j, c.sk); known && found == nil {
			return nil, "malformed(bidder)"
		}
	}
	if p.modes&modeB != 0 && len(a.seed) == 32 && bytes.Equal(expand(a.seed, e.ctx, "commit", nil, 32), e.commit) {
		return a.seed, ""
	}
	if p.modes&(modeT|modeJ) == 0 {
		return nil, "bidder-absent"
	}
	var good []share
	seen := map[int]bool{}
	for _, s := range a.releases {
		fits := s.j >= 1 && s.j <= len(e.shares) && len(s.share) == 32 && len(s.r) == 32
		if fits && !seen[s.j] && bytes.Equal(shareCommitment(e.ctx, s), e.shares[s.j-1].c) {
			seen[s.j] = true
			good = append(good, s)
		}
	}
	if len(good) < p.k {
		return nil, "trustees-short"
	}
	secret := combine(good[:p.k])
	if p.modes&modeJ == 0 {
		return secret, ""
	}
	if a.half == nil || len(a.half.share) != 32 || !bytes.Equal(jointCommitment(e.ctx, *a.half), e.joint) {
		return nil, "bidder-absent"
	}
	return xor(secret, a.half.share), ""
}

// open is steps 1 to 4; a stored body that is nil was never stored.
func open(p *policy, e *envelope, a answers, stored [][]byte) (verdict string, seed []byte, plains [][]byte) {
	seed, verdict = seedOf(p, e, a)
	if verdict != "" {
		return verdict, nil, nil
	}
	if !bytes.Equal(p.hash, e.policyHash) || !bytes.Equal(build(p, e.context, seed, e.bodies), e.raw) {
		return "malformed(bidder)", nil, nil
	}
	for i, line := range e.bodies {
		if stored[i] == nil || uint64(len(stored[i])) != line.ctLen || !bytes.Equal(rootOf(stored[i]), line.root) {
			return "bytes-missing", nil, nil
		}
	}
	for i, line := range e.bodies {
		b := bodyOf(seed, e.ctx, i)
		plain, good := b.open(stored[i])
		if !good || !bytes.Equal(b.commitment(plain), line.pc) {
			return "malformed(bidder)", nil, nil
		}
		plains = append(plains, plain)
	}
	return "opened", seed, plains
}
