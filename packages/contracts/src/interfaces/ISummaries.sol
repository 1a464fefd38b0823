// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Summaries (paper III-B, SC)
/// @notice No state of their own: sealed notes and tags are events, and a participant's summary is
/// the fold over those she can recognise and open.
interface ISummaries {
    /// @notice A sealed note of 384 bytes under a one-time tag.
    event Noted(bytes16 tag, bytes32[12] sealed_);

    /// @notice One-time tags of 8 bytes each, side by side: updates of pointers.
    event Tagged(bytes tags);
}
